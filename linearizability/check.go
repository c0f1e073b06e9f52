package linearizability

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// timeout bounds one check. A history of 30 operations takes microseconds.
const timeout = 10 * time.Second

var (
	// ErrIllegal: no order of the operations explains their outputs.
	ErrIllegal = errors.New("linearizability: history is not linearizable")
	// ErrUnknown: the check did not finish in time. That is not a pass.
	ErrUnknown = errors.New("linearizability: history not judged in time")
)

// Check returns nil if the history is linearizable, else ErrIllegal or ErrUnknown.
func Check(h History) error { return check(h, timeout) }

func check(h History, timeout time.Duration) error {
	switch r := porcupine.CheckOperationsTimeout(h.Model(), h.steps(), timeout); r {
	case porcupine.Ok:
		return nil
	case porcupine.Illegal:
		return ErrIllegal
	default:
		return ErrUnknown
	}
}

// Require fails the test unless the history is linearizable. The failure shows the command that
// runs the test again, the operations, and the path of a picture, which has the command too. format
// and args are the end of the command: flags, such as the seed, and after a # whatever else tells
// which history it is.
func Require(t testing.TB, h History, format string, args ...any) {
	t.Helper()
	err := Check(h)
	if err == nil {
		return
	}
	path := filepath.Join(t.ArtifactDir(), "history.html")
	picture := path + " (go test -artifacts keeps it)"
	command := commandOf(t.Name(), fmt.Sprintf(format, args...))
	if err := Draw(h, path, command); err != nil {
		picture = err.Error()
	}
	t.Fatalf("%v\n%s\n%spicture: %s", err, command, h, picture)
}

// String is the tree, and one line per operation, in the order of the calls.
func (h History) String() string {
	ops := slices.SortedFunc(slices.Values(h.Ops), func(a, b porcupine.Operation) int {
		return cmp.Compare(a.Call, b.Call)
	})
	var s strings.Builder
	fmt.Fprintf(&s, "tree %v\n", h.Tree)
	for _, o := range ops {
		text := Describe(o.Input.(Input), o.Output.(Output))
		fmt.Fprintf(&s, "C%d %3d..%-3d %s\n", o.ClientId, o.Call, o.Return, text)
	}
	return s.String()
}
