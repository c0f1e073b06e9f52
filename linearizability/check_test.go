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

// A history that takes longer than there is time for is not a pass. Here 40 reservations overlap,
// and in no order of theirs is the last reading true.
func TestUnknownIsNoPass(t *testing.T) {
	var h []porcupine.Operation
	for i := range int64(40) {
		h = append(h, porcupine.Operation{
			ClientId: int(i),
			Input:    lin.Input{Op: calls.Reserve, N: 1 << i}, Call: i,
			Output: lin.Output{}, Return: 100 + i,
		})
	}
	h = append(h, porcupine.Operation{Input: lin.Input{Op: calls.Stats}, Call: 200, Output: lin.Output{}, Return: 201})
	if err := lin.CheckWithin(h, 10*time.Millisecond); err != lin.ErrUnknown {
		t.Errorf("Check = %v, want %v", err, lin.ErrUnknown)
	}
}

// A wrong Budget says that one byte more is allocated. The failure, and the page that it names, say
// how to see it again. The page also has what is no operation.
func TestRequireFails(t *testing.T) {
	b, rs := impl.NewBudget(), lin.NewRecorders(2)
	account := b.NewAccount()
	own, fails := calls.Through(b, account), func() bool { return false }
	rs[0].Do(b, lin.Input{Op: calls.Stats}) // nothing to drain yet
	rs[0].Do(b, lin.Input{Op: calls.SetLimit, N: 100})
	rs[0].Resize(own, 0, 3, fails)
	rs[0].Do(own, lin.Input{Op: calls.Reserve, N: 5})
	rs[0].Resize(own, 5, 3, fails)
	rs[0].Do(own, lin.Input{Op: calls.Release, N: 1})
	rs[1].Do(oneMore{b}, lin.Input{Op: calls.Stats})
	rs[1].Do(own, lin.Input{Op: calls.Reserve, N: 97})
	rs[1].Do(b, lin.Input{Op: calls.Reserve, N: 2})
	rs[1].Do(b, lin.Input{Op: calls.Release, N: 2})
	rs[1].Do(b, lin.Input{Op: calls.SetLimit, N: 90})

	f := &failure{TB: t}
	lin.Require(f, lin.History(rs), "-history.seed=%d # history %d", 7, 3)
	path := filepath.Join(t.ArtifactDir(), "history.html")
	command := "go test casalloc/linearizability -count 1 -run '^TestRequireFails$' -history.seed=7 # history 3"
	for _, want := range []string{command, lin.ErrIllegal.Error(), "reserve(5) ok\n", "stats 5 of 100\n", path} {
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
		"limit: C0 setlimit(100)", "backend fails: C0 reserve(3)", "backend fails: C0 release(2)",
		"drain: C1 stats", "drain: C1 reserve(97)",
		"drain: C1 release(2)", "limit: C1 setlimit(90)", "drain: C1 setlimit(90)",
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

func (b oneMore) Stats() impl.Stats {
	s := b.Budget.Stats()
	s.Allocated++
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
