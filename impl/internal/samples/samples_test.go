package samples

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"casalloc/impl"
)

func create(t *testing.T) *File {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "samples.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Each column is as it was at the tick. The first row is before all ticks and the last after them.
// Each row is in the file at once, so a command that is killed leaves all of them.
func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var live, refused atomic.Int64
		b, f := impl.NewBudget(), create(t)
		b.SetLimit(1000)
		b.Reserve(100)
		rows := []string{Header}
		want := func(row string) {
			t.Helper()
			synctest.Wait()
			rows = append(rows, row)
			got, err := os.ReadFile(f.file.Name())
			if want := strings.Join(rows, "\n") + "\n"; err != nil || string(got) != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		}
		f.Start(Source{b.Stats, live.Load, refused.Load})
		want("0.0000,1000,100,0,0")
		b.Reserve(200)
		live.Store(250)
		time.Sleep(Every)
		want("0.0100,1000,300,250,0")
		b.SetLimit(50)
		refused.Store(7)
		time.Sleep(Every / 2)
		if err := f.Stop(); err != nil {
			t.Fatal(err)
		}
		want("0.0150,50,300,250,7")
	})
}

func TestErrors(t *testing.T) {
	if _, err := Create(filepath.Join(t.TempDir(), "nowhere", "x.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Create in no folder: %v", err)
	}
	f := create(t)
	readOnly, err := os.Open(f.file.Name())
	if err != nil {
		t.Fatal(err)
	}
	f.file = readOnly
	none := func() int64 { return 0 }
	f.Start(Source{impl.NewBudget().Stats, none, none})
	if f.Stop() == nil {
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
