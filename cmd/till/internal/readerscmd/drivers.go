package readerscmd

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// folders are where the daemon of pcsc-lite looks for drivers.
type folders struct {
	drivers []string
	readers string // descriptions of readers that are not on USB
}

// systemFolders are those of Linux systems; other systems bring their drivers along.
var systemFolders = folders{
	drivers: []string{"/usr/lib/pcsc/drivers", "/usr/lib64/pcsc/drivers", "/usr/local/lib/pcsc/drivers"},
	readers: "/etc/reader.conf.d",
}

// The drivers that are looked for.
const (
	driverUSB     = "ifd-ccid.bundle"
	driverVirtual = "serial/libifdvpcd.so"
)

// checkDrivers looks for drivers.
func (d *diagnosis) checkDrivers(f folders) {
	if runtime.GOOS != "linux" {
		return
	}
	usb, virtual := f.has(driverUSB), f.has(driverVirtual)
	switch {
	case usb && virtual:
		d.add("drivers", fine, "for USB readers (libccid) and for virtual ones (vsmartcard-vpcd)")
	case usb:
		d.add("drivers", remark, "for USB readers (libccid); emulated cards need the package vsmartcard-vpcd too")
	case virtual:
		d.add("drivers", remark, "for virtual readers (vsmartcard-vpcd); USB readers need the package libccid too")
	default:
		d.add("drivers", problem, "none in %s: install the package libccid for USB readers, or vsmartcard-vpcd for emulated cards", strings.Join(f.drivers, ", "))
	}
	for _, name := range f.strays() {
		d.add("drivers", remark, "%s looks like a copy, and the daemon reads it as one more reader: move it elsewhere", name)
	}
}

// has reports whether one of the folders has a driver.
func (f folders) has(driver string) bool {
	return slices.ContainsFunc(f.drivers, func(folder string) bool {
		_, err := os.Stat(filepath.Join(folder, driver))
		return err == nil
	})
}

// strays returns descriptions of readers that an editor or a package left behind.
func (f folders) strays() []string {
	entries, err := os.ReadDir(f.readers)
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".bak") || strings.HasSuffix(name, ".orig") || strings.Contains(name, ".dpkg-") {
			found = append(found, filepath.Join(f.readers, name))
		}
	}
	return found
}
