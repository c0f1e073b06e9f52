//go:build interleave

package explore

import (
	"errors"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// A layout is where in the memory the fields of a Budget are: the numbers of their cells.
type layout struct {
	cells       []engine.Cell
	word, lock  int
	base        int          // the first of the two
	count, list int          // how many accounts there are, and which
	stocks      []stockCells // nil in a scenario without accounts
}

// stockCells are those of an account: its slack, and what only its owner uses.
type stockCells struct{ slack, taken, cap, limit int }

// newLayout finds the fields of a Budget with so many stocks. The error names those that are not
// there.
func newLayout(cells []engine.Cell, stocks int) (layout, error) {
	var missing []error
	find := func(name string) int {
		for i, c := range cells {
			if c.Name == name {
				return i
			}
		}
		missing = append(missing, fmt.Errorf("impl.Budget has no field %s", name))
		return 0
	}
	l := layout{cells: cells, word: find("word"), lock: find("setter"), base: find("base[0]"),
		count: find("accounts"), list: find("stocks")}
	if find("base[1]") != l.base+1 {
		missing = append(missing, errors.New("base[1] does not follow base[0]"))
	}
	for i := range stocks {
		field := func(name string) int { return find(fmt.Sprintf("stocks[%d].%s", i, name)) }
		l.stocks = append(l.stocks, stockCells{field("slack"), field("taken"), field("cap"), field("limit")})
	}
	return l, errors.Join(missing...)
}

// field is the name of a cell, without an index and what it is a field of.
func (l *layout) field(cell int) string {
	name := l.cells[cell].Name
	field, _, _ := strings.Cut(name[strings.LastIndexByte(name, '.')+1:], "[")
	return field
}

// taken is what the word says is taken, less the slack of accounts. It is the counter, but for
// bytes that whoever has the setter lock carries between the word and an account.
func (l *layout) taken(limit int64, m *engine.Memory) int64 {
	n := limit - impl.Headroom(m[l.word])
	for _, st := range l.stocks {
		n -= max(m[st.slack], 0)
	}
	return n
}
