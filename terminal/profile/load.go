package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata"
)

// fileBytesMax bounds the size in bytes of a profile or a list of keys.
const fileBytesMax = 1 << 20

// Named returns the built-in profile of that name: see Names.
func Named(name string) (Profile, error) {
	f, err := testdata.Terminals.Open("terminals/" + name + extension)
	if err != nil {
		return Profile{}, fmt.Errorf("load terminal profile %q: there is none of that name; the built-in ones are %s",
			name, strings.Join(Names(), ", "))
	}
	defer f.Close()
	return load(f, name, openBuiltIn)
}

// extension ends the names of files that hold YAML.
const extension = ".yaml"

// Names returns the names of the built-in profiles in alphabetical order.
func Names() []string {
	files, _ := fs.Glob(testdata.Terminals, "terminals/*"+extension)
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), extension)
	}
	return names
}

// LoadFile reads a profile from a file. Lists of CA public keys are named by
// their path, relative to the folder of the file, or are built in.
func LoadFile(name string) (Profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return Profile{}, fmt.Errorf("load terminal profile: %w", err)
	}
	defer f.Close()
	return load(f, name, func(list string) ([]listFile, error) {
		if !isPath(list) {
			return openBuiltIn(list)
		}
		path := list
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		return openPath(path, list)
	})
}

// Load reads a profile that names built-in lists of CA public keys only. The
// error says in which line of it something is wrong, and what to write instead.
func Load(r io.Reader) (Profile, error) { return load(r, "", openBuiltIn) }

// listFile is an open file with a list, and what errors call it.
type listFile struct {
	io.ReadCloser
	name string
}

// opener opens the file of a list, or all files of a folder.
type opener func(list string) ([]listFile, error)

// isPath tells the path of a list from the name of a built-in one.
func isPath(list string) bool {
	return strings.ContainsAny(list, `/\`) || strings.HasSuffix(list, extension)
}

func openBuiltIn(list string) ([]listFile, error) {
	if isPath(list) {
		return nil, errors.New("a path means nothing here: name a built-in list")
	}
	f, err := testdata.Terminals.Open("capk/" + list + extension)
	if err != nil {
		return nil, fmt.Errorf("no built-in list of that name; a path of one's own ends in %s", extension)
	}
	return []listFile{{f, list}}, nil
}

// listFilesMax bounds the number of files of a folder.
const listFilesMax = 100

// openPath opens a file, which errors call by name, or the files of a folder that
// end in .yaml.
func openPath(path, name string) ([]listFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(path, name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return []listFile{{f, name}}, nil
}

func openFolder(path, name string) (files []listFile, err error) {
	paths, err := filepath.Glob(filepath.Join(path, "*"+extension))
	if err != nil || len(paths) == 0 || len(paths) > listFilesMax {
		return nil, fmt.Errorf("want a folder with 1 to %d files that end in %s", listFilesMax, extension)
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, listFile{f, filepath.Join(name, filepath.Base(path))})
	}
	return files, nil
}

func closeAll(files []listFile) {
	for _, f := range files {
		_ = f.Close()
	}
}

// load reads the profile that errors call by name.
func load(r io.Reader, name string, open opener) (Profile, error) {
	p, err := decodeProfile(r, open)
	if err != nil {
		return Profile{}, fmt.Errorf("load terminal profile: %w", inFile(name, err))
	}
	return p, nil
}

// inFile puts the name of a file, if it has one, before an error.
func inFile(name string, err error) error {
	if name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// document reads the one YAML document of a file.
func document(r io.Reader) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(&boundedReader{r: r, left: fileBytesMax})
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has more than one document: leave the line --- out")
	}
	return doc.Content[0], nil
}

// boundedReader fails where a file is longer than left.
type boundedReader struct {
	r    io.Reader
	left int
}

// Read reads up to the bound.
func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("the file is longer than %d bytes", fileBytesMax)
	}
	return n, err
}

// testCAList is the list of the keys of the till test CA.
const testCAList = "till-test"

// TestCAPublicKeys returns the keys that sign the cards that till makes. They are
// the same for all RIDs; the list has them for one.
func TestCAPublicKeys() ([]oda.CAPublicKey, error) {
	files, err := openBuiltIn(testCAList)
	if err != nil {
		return nil, fmt.Errorf("load CA public keys %s: %w", testCAList, err)
	}
	defer closeAll(files)
	var lists keyLists
	if err := lists.load(files); err != nil {
		return nil, err
	}
	return lists.keys, nil
}
