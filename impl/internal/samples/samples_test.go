package samples

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casalloc/impl"
)

// A bench is a File whose clock the test has: each sample is a second after the one before.
type bench struct {
	budget        *impl.Budget
	live, refused int64
	file          *File
	path          string
	tick          chan time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{budget: impl.NewBudget(), path: filepath.Join(t.TempDir(), "samples.csv"), tick: make(chan time.Time)}
	var err error
	if b.file, err = Create(b.path); err != nil {
		t.Fatal(err)
	}
	if err := b.budget.SetLimit(1000); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) start() {
	seconds := -1
	b.file.start(Source{
		Usage:   b.budget.Usage,
		Live:    func() int64 { return b.live },
		Refused: func() int64 { return b.refused },
	}, b.tick, func() time.Duration { seconds++; return time.Duration(seconds) * time.Second })
}

// want compares the file with the header and rows.
func (b *bench) want(t *testing.T, rows ...string) {
	t.Helper()
	got, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if want := Header + "\n" + strings.Join(rows, "\n") + "\n"; string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Each column is as it was at the tick, the limit too after it has moved. The first row is before
// all ticks and the last after them.
func TestRows(t *testing.T) {
	b := newBench(t)
	b.budget.Reserve(100)
	b.start()
	b.want(t, "0.0000,1000,100,0,0")

	b.budget.Reserve(200)
	b.live = 250
	b.tick <- time.Time{}
	if err := b.file.Stop(); err != nil {
		t.Fatal(err)
	}
	b.want(t, "0.0000,1000,100,0,0", "1.0000,1000,300,250,0", "2.0000,1000,300,250,0")
}

func TestLimitMoves(t *testing.T) {
	b := newBench(t)
	b.start()
	b.budget.SetLimit(50)
	b.refused = 7
	if err := b.file.Stop(); err != nil {
		t.Fatal(err)
	}
	b.want(t, "0.0000,1000,0,0,0", "1.0000,50,0,0,7")
}

// Whoever is killed leaves all rows behind: they are in the file before anybody calls Stop. The
// goroutine takes a tick only when the row of the one before is written.
func TestNothingToFlush(t *testing.T) {
	b := newBench(t)
	b.start()
	for range 3 {
		b.tick <- time.Time{}
	}
	got, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if want := Header + "\n0.0000,1000,0,0,0\n1.0000,1000,0,0,0\n2.0000,1000,0,0,0\n"; !strings.HasPrefix(string(got), want) {
		t.Errorf("after three ticks\n%swant at least\n%s", got, want)
	}
	b.file.Stop()
}

func TestErrors(t *testing.T) {
	if _, err := Create(filepath.Join(t.TempDir(), "nowhere", "x.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Create in no folder: %v", err)
	}
	b := newBench(t)
	readOnly, err := os.Open(b.path)
	if err != nil {
		t.Fatal(err)
	}
	b.file.file = readOnly
	b.start()
	if b.file.Stop() == nil {
		t.Error("Stop of a file that cannot be written: no error")
	}
}

// Without a path nothing happens.
func TestNone(t *testing.T) {
	f, err := Create("")
	if err != nil {
		t.Fatal(err)
	}
	f.Start(Source{})
	if err := f.Stop(); err != nil {
		t.Error(err)
	}
}
