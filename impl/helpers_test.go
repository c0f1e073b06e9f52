package impl_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"casalloc/impl"

	"github.com/google/go-cmp/cmp"
)

const (
	C, E, U = impl.Counting, impl.Enforcing, impl.Unlimited
	Max     = impl.MaxSize
	None    = impl.NoLimit
)

func ok() bool      { return true }
func fail() bool    { return false }
func explode() bool { panic("backend") }

// catch returns what f panicked with, or nil.
func catch(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func diff(t *testing.T, what string, got, want impl.Stats) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("after %s (-want +got):\n%s", what, d)
	}
}

// outcome is the error's name, the panic's text, or "".
func outcome(call func() error) string {
	var err error
	if r := catch(func() { err = call() }); r != nil {
		return fmt.Sprint(r)
	}
	for e, name := range map[error]string{
		nil:               "",
		impl.ErrLimit:     "ErrLimit",
		impl.ErrClosed:    "ErrClosed",
		impl.ErrSize:      "ErrSize",
		impl.ErrBackend:   "ErrBackend",
		impl.ErrUnlimited: "ErrUnlimited",
		impl.ErrNoLimit:   "ErrNoLimit",
		impl.ErrTree:      "ErrTree",
	} {
		if errors.Is(err, e) {
			return name
		}
	}
	return err.Error()
}

// newBudget returns a root in mode m with held bytes, and if Enforcing, limit.
func newBudget(t *testing.T, m impl.Mode, limit, held int64) *impl.Budget {
	t.Helper()
	b := impl.NewBudget()
	must(t, b.Reserve(held))
	switch m {
	case E:
		must(t, b.SetLimit(limit))
	case U:
		b.EndBoot()
	}
	return b
}

// newStocked returns a child of b with a limit of own bytes, that holds held bytes and has slack.
func newStocked(t *testing.T, b *impl.Budget, own, held int64) *impl.Budget {
	t.Helper()
	c := b.NewChild(own)
	must(t, c.Reserve(1)) // growth is small, so that what is left has room for a batch
	for i := int64(1); i < held; i += 500 {
		must(t, c.Reserve(min(500, held-i)))
	}
	if s := impl.Slack(c); s <= 0 {
		t.Fatalf("slack %d of a child that holds %d, want a stocked one", s, held)
	}
	return c
}

// A party is a Budget at which 20 bytes are held.
type party struct {
	*impl.Budget
	name          string
	root          *impl.Budget
	limit         int64 // of the party
	others, below int64 // bytes held elsewhere in the tree, and how many of them below the party
	closed        bool
}

// parties are those for which a call must have the same outcome, wherever slack lies: at each place
// in a tree, stocked, drained and closed. The limit of the root is limit, but lower by 10 if there
// is no other to hold them. The party's own is own; if that is None, a root is a party too.
func parties(t *testing.T, m impl.Mode, limit, own int64) (all []party) {
	t.Helper()
	places := []string{"child", "limited child", "grandchild", "child with a child", "root", "root with a child"}
	if own != None {
		places = places[:4]
	}
	for _, place := range places {
		for _, state := range []string{"stocked", "drained", "closed"} {
			if p := newParty(t, place, state, m, limit, own); p.Budget != nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// newParty returns the party at a place, in a state. It has no Budget if it can't be in it.
func newParty(t *testing.T, place, state string, m impl.Mode, limit, own int64) party {
	t.Helper()
	const roomy = 9000 // a limit that leaves room for slack
	p := party{name: state + " " + place, root: impl.NewBudget(), limit: own, others: 10, closed: state == "closed"}
	isRoot := strings.HasPrefix(place, "root")
	if state == "stocked" && (place == "root" || m == E && limit < roomy || own < 50) || m == U && isRoot && p.closed {
		return party{}
	}
	if place == "root" {
		limit -= 10
	}
	if m == E {
		must(t, p.root.SetLimit(max(limit, roomy)))
	}
	first := own // its limit until it holds its 20 bytes
	if own < 20 {
		first = Max
	}
	other := p.root
	switch place {
	case "child":
		p.Budget = p.root.NewChild(first)
	case "limited child":
		p.limit = min(own, Max)
		p.Budget = p.root.NewChild(min(first, Max))
	case "grandchild":
		p.Budget = p.root.NewChild(Max).NewChild(first)
	case "child with a child":
		p.below, p.limit = 10, min(own, Max-10)+10
		p.Budget = p.root.NewChild(min(first, Max-10) + 10)
		other = p.NewChild(None)
	case "root":
		p.Budget, p.others = p.root, 0
	case "root with a child":
		p.Budget, p.below = p.root, 10
		other = p.root.NewChild(None)
	}
	must(t, other.Reserve(p.others))
	must(t, p.Reserve(1)) // the first is small, so that even a small limit leaves room for a batch
	must(t, p.Reserve(19))
	if own < 20 {
		must(t, p.SetLimit(p.limit))
	}
	if m == E && limit < roomy {
		must(t, p.root.SetLimit(limit))
	}
	if isRoot {
		p.limit = p.root.Stats().Limit
	}
	if _, below := impl.Listed(p.Budget); state == "stocked" && below == 0 && impl.Slack(p.Budget) <= 0 {
		t.Fatalf("%s: neither it nor a child of it is stocked", p.name)
	}
	switch state {
	case "drained":
		p.root.Exact()
	case "closed":
		p.close(t)
	}
	if m == U {
		p.root.EndBoot()
	}
	return p
}

// close closes the party, and again: the slack goes back, and nothing else.
func (p *party) close(t *testing.T) {
	t.Helper()
	for range 2 {
		n := p.Close()
		if used := p.root.Exact().Used; n != 20+p.below || used != 20+p.others {
			t.Errorf("%s: Close() = %d with %d used at the root", p.name, n, used)
		}
	}
	if got, want := p.SetLimit(5), impl.ErrClosed; got != want && p.limit != None {
		t.Errorf("%s: SetLimit(5) = %v once closed, want %v", p.name, got, want)
	}
	p.limit = 0
}

// held is what the party holds, in bytes, 0 if nothing is counted.
func (p party) held() int64 { return max(p.Exact().Used-p.below, 0) }

// check compares the statistics of the party. In want, Used and Peak are of what it holds itself.
// Slack of its children can be part of its peak.
func (p party) check(t *testing.T, name string, want impl.Stats) {
	t.Helper()
	name = p.name + ": " + name
	root, got := p.root.Exact(), p.Exact()
	want.Mode, want.Closed, want.Limit = C, p.closed, p.limit
	if root.Mode == U {
		want.Mode, want.Used = U, 0
	} else {
		if used := want.Used + p.others; root.Used != used {
			t.Errorf("%s: %d used at the root, want %d", name, root.Used, used)
		}
		if want.Limit != None {
			want.Mode = E
		}
		want.Used += p.below
	}
	want.Peak += p.below
	if p.below > 0 && got.Peak > want.Peak {
		want.Peak = got.Peak
	}
	diff(t, name, got, want)
}

// expected is the outcome of a call: want, but ErrClosed of a growth if the party is closed.
func (p party) expected(want string, grows bool) (outcome string, refused bool) {
	if p.closed && (grows || want == "ErrLimit") {
		want = "ErrClosed"
	}
	return want, want == "ErrClosed" || want == "ErrLimit"
}

// backendFunc is a Backend.
type backendFunc func(block []byte, n int) []byte

func (f backendFunc) Realloc(block []byte, n int) []byte { return f(block, n) }
