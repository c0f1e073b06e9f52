package linearizability_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
)

// A history that takes longer than there is time for is not a pass. Here 14 reservations overlap,
// and in no order of theirs is the last reading true.
func TestUnknownIsNoPass(t *testing.T) {
	h := lin.History{Tree: parseTree(t, "-")}
	for i := range int64(14) {
		h.Ops = append(h.Ops, porcupine.Operation{
			ClientId: int(i),
			Input:    lin.Input{Op: calls.Reserve, N: 1 << i}, Call: i,
			Output: lin.Output{}, Return: 100 + i,
		})
	}
	h.Ops = append(h.Ops, porcupine.Operation{Input: lin.Input{Op: calls.Exact}, Call: 200, Output: lin.Output{}, Return: 201})
	if err := lin.CheckWithin(h, 10*time.Millisecond); err != lin.ErrUnknown {
		t.Errorf("Check = %v, want %v", err, lin.ErrUnknown)
	}
}

// A wrong Budget reads one byte more than is used. The failure, and the page that it names, say how
// to see it again. The page also has what is no operation.
func TestRequireFails(t *testing.T) {
	tree, rs := parseTree(t, "-(-)"), lin.NewRecorders(2)
	made := tree.Make()
	b, x, fails := made[calls.Root], made[calls.X], func() bool { return false }
	rs[0].Do(b, nil, lin.Input{Op: calls.SetLimit, N: 100})
	rs[0].Resize(x, calls.X, 0, 3, fails)
	rs[0].Do(x, nil, lin.Input{Op: calls.Reserve, At: calls.X, N: 5})
	rs[0].Resize(x, calls.X, 5, 3, fails)
	rs[0].Do(x, nil, lin.Input{Op: calls.Release, At: calls.X, N: 1})
	rs[1].Do(oneMore{b}, nil, lin.Input{Op: calls.Exact})
	rs[1].Do(x, nil, lin.Input{Op: calls.Reserve, At: calls.X, N: 97})
	rs[1].Do(b, nil, lin.Input{Op: calls.Reserve, N: 2})
	rs[1].Do(b, x, lin.Input{Op: calls.Move, To: calls.X, N: 2})
	rs[1].Do(b, nil, lin.Input{Op: calls.SetLimit, N: 90})
	rs[1].Do(x, nil, lin.Input{Op: calls.Leave, At: calls.X})

	f := &failure{TB: t}
	lin.Require(f, lin.Collect(tree, rs), "-history.seed=%d # history %d", 7, 3)
	path := filepath.Join(t.ArtifactDir(), "history.html")
	command := "go test casalloc/linearizability -count 1 -run '^TestRequireFails$' -history.seed=7 # history 3"
	for _, want := range []string{command, lin.ErrIllegal.Error(), "tree -(-)\n", "X reserve(5) ok\n", "exact 5 of 100\n", path} {
		if !strings.Contains(f.text, want) {
			t.Errorf("failure does not say %q:\n%s", want, f.text)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "<pre") || !strings.Contains(html.UnescapeString(string(page)), command) {
		t.Errorf("%s does not say %q", path, command)
	}
	want := []string{
		"limit: C0 setlimit(100)", "drain: C0 setlimit(100)",
		"backend fails: C0 X reserve(3)", "backend fails: C0 X release(2)",
		"drain: C1 exact", "drain: C1 X reserve(97)", "drain: C1 move(X, 2)",
		"limit: C1 setlimit(90)", "drain: C1 setlimit(90)", "drain: C1 X leave",
	}
	if d := cmp.Diff(want, annotated(t, page)); d != "" {
		t.Errorf("annotations (-want +got):\n%s", d)
	}
}

// annotated returns the annotations of a page.
func annotated(t *testing.T, page []byte) (as []string) {
	t.Helper()
	_, data, _ := bytes.Cut(page, []byte("const data = "))
	var drawn struct {
		Annotations []struct{ Tag, Description string }
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&drawn); err != nil {
		t.Fatal(err)
	}
	for _, a := range drawn.Annotations {
		as = append(as, a.Tag+": "+a.Description)
	}
	return as
}

// oneMore reads one byte more than there is.
type oneMore struct{ *impl.Budget }

func (b oneMore) Exact() impl.Stats {
	s := b.Budget.Exact()
	s.Used++
	return s
}

// The name of a test is data: it is quoted, for the pattern and for the shell.
func TestCommandOf(t *testing.T) {
	for name, want := range map[string]string{
		"TestX":                 "'^TestX$'",
		"FuzzConcurrent/seed#3": "'^FuzzConcurrent$/^seed#3$'",
		"TestX/it's_(1)":        `'^TestX$/^it'\''s_\(1\)$'`,
	} {
		want = "go test casalloc/linearizability -count 1 -run " + want + " # why"
		if got := lin.CommandOf(name, "# why"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A failure keeps what a test would have failed with.
type failure struct {
	testing.TB
	text string
}

func (f *failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) { f.text = fmt.Sprintf(format, args...) }
