package linearizability_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lin "casalloc/linearizability"

	"github.com/anishathalye/porcupine"
)

// A history that takes longer than there is time for is not a pass. Here 40 reservations overlap,
// and in no order of theirs is the last reading true.
func TestUnknownIsNoPass(t *testing.T) {
	var h []porcupine.Operation
	for i := range int64(40) {
		h = append(h, porcupine.Operation{
			ClientId: int(i),
			Input:    lin.Input{Op: lin.Reserve, N: 1 << i}, Call: i,
			Output: lin.Output{}, Return: 100 + i,
		})
	}
	h = append(h, porcupine.Operation{Input: lin.Input{Op: lin.Stats}, Call: 200, Output: lin.Output{}, Return: 201})
	if err := lin.CheckWithin(h, 10*time.Millisecond); err != lin.ErrUnknown {
		t.Errorf("Check = %v, want %v", err, lin.ErrUnknown)
	}
}

func TestRequireFails(t *testing.T) {
	f := &failure{TB: t}
	lin.Require(f, parse(t, "C0: |-- reserve(1) ok --| |-- stats 2 counted --|"), "seed %d", 7)
	path := filepath.Join(t.ArtifactDir(), "history.html")
	for _, want := range []string{"seed 7: ", lin.ErrIllegal.Error(), "reserve(1) ok\n", "stats 2 counted\n", path} {
		if !strings.Contains(f.text, want) {
			t.Errorf("failure does not say %q:\n%s", want, f.text)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// A failure keeps what a test would have failed with.
type failure struct {
	testing.TB
	text string
}

func (f *failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) { f.text = fmt.Sprintf(format, args...) }
