package issuer_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The size of a tour.
const (
	tourPurchases = 4   // of each terminal
	tourTries     = 400 // connections of each terminal that may break
	tourPause     = 20 * time.Millisecond
)

// door is a process of an issuer, which is killed and started again.
type door struct {
	data    string
	at      atomic.Pointer[[2]string] // host's address and members' URL
	process *exec.Cmd
	out     *bufio.Reader
}

// fleet is an issuer whose store lies in a database, two processes that work on it, and
// their terminals.
type fleet struct {
	*shop
	doors [2]*door
}

// newFleet takes the store of a new issuer to a database and starts two processes.
func newFleet(t testing.TB, url string) *fleet {
	t.Helper()
	f := &fleet{shop: newShop(t)}
	f.move(url)
	for n := range f.doors {
		d := &door{data: fmt.Sprint(f.data, n+1)}
		require.NoError(t, os.Mkdir(d.data, 0o700))
		for _, name := range []string{"keys.sealed", "store.url"} {
			content, err := os.ReadFile(filepath.Join(f.data, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(d.data, name), content, 0o600))
		}
		f.doors[n] = d
		f.start(d)
		t.Cleanup(func() { f.shut(d) })
	}
	f.http = f.doors[0].at.Load()[1]
	f.logIn()
	return f
}

// move takes the store to a database, or back into its file.
func (f *fleet) move(url string) {
	f.t.Helper()
	rows, report, err := issuer.Migrate(f.t.Context(), issuer.Migration{Data: f.data, KEK: hsm.KEK{File: f.kek}, To: url})
	require.NoError(f.t, err)
	require.Empty(f.t, report.Findings)
	f.t.Logf("%d rows moved", rows)
}

// start starts a process.
func (f *fleet) start(d *door) {
	d.process = exec.Command(os.Args[0], "-test.run=^TestServeUntilKilled$")
	d.process.Env = append(os.Environ(), childIssuer+"="+d.data+" "+f.kek)
	d.process.Stderr = os.Stderr
	out, err := d.process.StdoutPipe()
	require.NoError(f.t, err)
	require.NoError(f.t, d.process.Start())
	d.out = bufio.NewReader(out)
	line, err := d.out.ReadString('\n')
	require.NoError(f.t, err)
	var at [2]string
	_, err = fmt.Sscan(strings.TrimPrefix(line, "> "), &at[0], &at[1])
	require.NoError(f.t, err, line)
	d.at.Store(&at)
}

// shut kills a process.
func (f *fleet) shut(d *door) {
	_ = d.process.Process.Kill()
	_, _ = io.Copy(io.Discard, d.out)
	_ = d.process.Wait()
}

// tour has every terminal make purchases, at whichever process, while something happens.
func (f *fleet) tour(happens func()) {
	var group sync.WaitGroup
	for _, x := range f.tellers {
		group.Go(func() { x.broken = x.tour(f) })
	}
	happens()
	group.Wait()
	for _, x := range f.tellers {
		x.hangUp()
		require.NoError(f.t, x.broken, "terminal %d", x.number)
	}
}

// tour makes purchases. Where a process is gone it goes on at whichever is there.
func (x *teller) tour(f *fleet) (err error) {
	left := tourPurchases
	for tries := 0; left > 0 && tries < tourTries; tries++ {
		at := f.doors[x.random.IntN(len(f.doors))].at.Load()
		x.at(at[0], at[1], f.token)
		for err = x.resume(); err == nil && left > 0; left-- {
			if x.random.IntN(4) == 0 {
				if err = x.change(); err != nil {
					break
				}
			}
			if err = x.buy(); err != nil {
				break
			}
		}
		if err != nil {
			x.hangUp()
			time.Sleep(tourPause)
		}
	}
	if left > 0 {
		return fmt.Errorf("%d purchases left: %w", left, err)
	}
	return nil
}

// close settles everything, takes the store back into its file, and holds that against
// what the terminals know.
func (f *fleet) close() {
	f.t.Helper()
	for n, x := range f.tellers {
		at := f.doors[n%len(f.doors)].at.Load()
		x.at(at[0], at[1], f.token)
	}
	var group sync.WaitGroup
	for _, x := range f.tellers {
		group.Go(func() { x.broken = x.settle() })
	}
	group.Wait()
	for _, x := range f.tellers {
		x.hangUp()
		require.NoError(f.t, x.broken, "terminal %d", x.number)
	}
	for _, d := range f.doors {
		f.shut(d)
	}
	f.move("")
	f.whole()
	approved, compared, opened := f.books(), 0, 0
	for _, x := range f.tellers {
		compared, opened = compared+x.compared, opened+x.opened
	}
	assert.Positive(f.t, compared)
	f.t.Logf("%d approved, %d answers compared, %d requests without an answer", approved, compared, opened)
}

// TestKillOneOfTwo kills one of two processes on one database again and again, while 64
// terminals buy at both and members change their PINs: no decision is lost or doubled, and
// an answer that was given is the same at the other process.
func TestKillOneOfTwo(t *testing.T) {
	f := newFleet(t, pgtest.Schema(t))
	for range need.Nightly(t, 1, 3, 60) {
		f.tour(func() {
			d := f.doors[f.random.IntN(len(f.doors))]
			time.Sleep(time.Duration(f.random.Int64N(int64(killWithin))))
			f.shut(d)
			f.start(d)
		})
	}
	f.close()
}

// TestPromotion kills the primary of the database under the same load, and promotes its
// synchronous standby. With what came before it, nothing is lost.
func TestPromotion(t *testing.T) {
	for range need.Nightly(t, 1, 1, 10) {
		pair := pgtest.StartPair(t)
		f := newFleet(t, pair.URL())
		f.tour(func() {})
		f.tour(func() {
			time.Sleep(time.Duration(f.random.Int64N(int64(killWithin))))
			pair.Primary.Kill()
			pair.Promote(t)
		})
		f.tour(func() { f.shut(f.doors[1]); f.start(f.doors[1]) })
		f.close()
	}
}

// BenchmarkProcesses is purchases by 64 terminals, with cryptograms that are verified and
// decisions that are durable, at one process on a database, and at two.
func BenchmarkProcesses(b *testing.B) {
	for _, processes := range []int{1, 2} {
		b.Run(fmt.Sprintf("processes=%d", processes), func(b *testing.B) {
			f := newFleet(b, pgtest.Schema(b))
			var left atomic.Int64
			left.Store(int64(b.N))
			var group sync.WaitGroup
			b.ResetTimer()
			for n, x := range f.tellers {
				at := f.doors[n%processes].at.Load()
				x.at(at[0], at[1], f.token)
				group.Go(func() {
					for left.Add(-1) >= 0 && x.broken == nil {
						x.broken = x.buy()
					}
				})
			}
			group.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "purchases/s")
			for _, x := range f.tellers {
				x.hangUp()
				require.NoError(b, x.broken)
			}
		})
	}
}
