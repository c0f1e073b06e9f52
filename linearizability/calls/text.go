package calls

import (
	"fmt"
	"strconv"
	"strings"

	"casalloc/impl"
)

// The letters of budgets, of what a size is of, and of fates, by number.
const (
	viaLetters  = "OXYZWPQRT"
	baseLetters = " BAHM"
	fateLetters = " xpe"
)

const maxTimes = 256 // of one item

// Parse reads the text of a program.
func Parse(text string) (p Program, err error) {
	start, clients, _ := strings.Cut(text, ":")
	if p.Tree, err = ParseTree(start); err != nil {
		return p, fmt.Errorf("program %q: %w", text, err)
	}
	for _, part := range strings.Split(clients, ":") {
		c, err := p.Tree.parseClient(part)
		if err != nil {
			return p, fmt.Errorf("program %q: %w", text, err)
		}
		p.Clients = append(p.Clients, c)
	}
	return p, nil
}

// ParseTree reads the text of a tree.
func ParseTree(text string) (t Tree, err error) {
	bad := fmt.Errorf("tree %q", text)
	depth := 0 // of the next budget
	for text := text; ; {
		end := strings.IndexAny(text+")", "(),")
		limit, later := strings.CutPrefix(text[:end], "?")
		n := Node{Limit: Unlimited}
		if limit != "U" {
			n.Limit, err = parseLimit(limit)
		}
		switch root := len(t) == 0; {
		case err != nil || limit != "U" && BadSize(n.Limit) && n.Limit != impl.NoLimit:
			return nil, bad
		case root && !later:
			t = Tree{n}
		case root, depth == 0, limit == "U", len(t) == int(Vias):
			return nil, bad
		default:
			t = t.add(depth, n.Limit, later)
		}
		if text = text[end:]; strings.HasPrefix(text, "(") {
			depth++
		} else {
			rest := strings.TrimLeft(text, ")")
			if depth -= len(text) - len(rest); rest == "" && depth == 0 {
				return t, nil
			}
			if text = rest; depth < 1 || !strings.HasPrefix(text, ",") {
				return nil, bad
			}
		}
		text = text[1:]
	}
}

// parseLimit reads a limit: a number, or - for none.
func parseLimit(text string) (int64, error) {
	if text == "-" {
		return impl.NoLimit, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

func (t Tree) parseClient(text string) (c Client, err error) {
	if rest, ok := strings.CutPrefix(text, "@"); ok {
		if c.At, ok = cutVia(&rest); !ok || int(c.At) >= len(t) {
			return c, fmt.Errorf("budget %q", text)
		}
		text = rest
	}
	for i, item := range strings.Split(text, ".") {
		if h, ok := strings.CutPrefix(item, "h"); ok && i == 0 {
			if c.Held, err = strconv.ParseInt(h, 10, 64); err != nil || c.Held < 1 {
				return c, fmt.Errorf("held %q", item)
			}
			continue
		}
		item, times, repeated := strings.Cut(item, "*")
		n := 1
		if repeated {
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > maxTimes {
				return c, fmt.Errorf("repetition %q", times)
			}
		}
		var alternatives []Call
		for _, text := range strings.Split(item, "/") {
			call, err := parseCall(text, c.At)
			if err == nil && (int(call.Via) >= len(t) || int(call.To) >= len(t)) {
				err = fmt.Errorf("call %q: there is no such budget", text)
			}
			if err != nil {
				return c, err
			}
			alternatives = append(alternatives, call)
		}
		for range n {
			c.Items = append(c.Items, alternatives)
		}
	}
	return c, nil
}

// parseCall reads a call of a client whose calls go through at.
func parseCall(text string, at Via) (c Call, err error) {
	bad := fmt.Errorf("call %q", text)
	rest, ok := text, false
	if c.Via, ok = cutVia(&rest); !ok {
		c.Via = at
	}
	if c.Op = cutOp(&rest); c.Op == Move {
		if c.To, ok = cutVia(&rest); !ok {
			return c, bad
		}
	}
	rest, c.Nest = strings.CutSuffix(rest, "&")
	if n := len(rest) - 1; n >= 0 && strings.IndexByte(fateLetters, rest[n]) > 0 {
		c.Fate, rest = Fate(strings.IndexByte(fateLetters, rest[n])), rest[:n]
	}
	switch {
	case (c.Nest || c.Fate != Succeeds) && !c.Op.HasBackend():
		return c, bad
	case c.Op == Realloc && rest == "0" && (c.Fate == Fails || c.Fate == Either):
		return c, fmt.Errorf("%w: a Backend's free cannot fail", bad)
	case c.Op == SetLimit && rest == "-":
		c.N = impl.NoLimit
	case c.Op.HasSize():
		if c.Size, err = parseSize(rest); err != nil {
			return c, fmt.Errorf("%w: %w", bad, err)
		}
	case rest != "":
		return c, bad
	}
	return c, nil
}

func parseSize(text string) (s Size, err error) {
	if i := strings.IndexByte(baseLetters, (text + " ")[0]); i > 0 {
		if s.Of, text = Base(i), text[1:]; text == "" {
			return s, nil
		}
	}
	s.N, err = strconv.ParseInt(text, 10, 64)
	return s, err
}

// cutVia cuts the letter of a budget off the beginning of text.
func cutVia(text *string) (v Via, ok bool) {
	i := strings.IndexByte(viaLetters, (*text + " ")[0])
	if i < 0 {
		return Root, false
	}
	*text = (*text)[1:]
	return Via(i), true
}

// cutOp cuts the letter of an operation off the beginning of text. Without one it is a Resize.
func cutOp(text *string) Op {
	for op, o := range ops {
		if after, ok := strings.CutPrefix(*text, o.letter); ok && o.letter != "" {
			*text = after
			return Op(op)
		}
	}
	return Resize
}

// letter is a letter by number; the first is none.
func letter(letters string, i int) string { return strings.TrimSpace(letters[i : i+1]) }

// String is the letter of a budget.
func (v Via) String() string { return letter(viaLetters, int(v)) }

// String is the text of a program, without clients that call nothing.
func (p Program) String() string {
	text := p.Tree.String()
	for _, c := range p.Clients {
		if s := c.String(); s != "" {
			text += ":" + s
		}
	}
	return text
}

// String is the text of a tree.
func (t Tree) String() string { return t.text(Root) }

func (t Tree) text(v Via) string {
	text := strconv.FormatInt(t[v].Limit, 10)
	switch t[v].Limit {
	case Unlimited:
		text = "U"
	case impl.NoLimit:
		text = "-"
	}
	if t[v].Later {
		text = "?" + text
	}
	var below []string
	for c := v + 1; int(c) < len(t); c++ {
		if t[c].Parent == v {
			below = append(below, t.text(c))
		}
	}
	if below == nil {
		return text
	}
	return text + "(" + strings.Join(below, ",") + ")"
}

func (c Client) String() string {
	var items []string
	if c.Held > 0 {
		items = append(items, fmt.Sprintf("h%d", c.Held))
	}
	for _, item := range c.Items {
		var alternatives []string
		for _, call := range item {
			alternatives = append(alternatives, call.text(c.At))
		}
		items = append(items, strings.Join(alternatives, "/"))
	}
	at := ""
	if c.At != Root && items != nil {
		at = "@" + c.At.String()
	}
	return at + strings.Join(items, ".")
}

// text is the call in the text of a client whose calls go through at.
func (c Call) text(at Via) (s string) {
	if c.Via != at {
		s = c.Via.String()
	}
	if c.Op != Resize || c.Of == Limit || c.Of == Nothing && c.N < 0 {
		s += ops[c.Op].letter
	}
	if c.Op == Move {
		s += c.To.String()
	}
	switch {
	case c.Op == SetLimit && c.Size == (Size{N: impl.NoLimit}):
		s += "-"
	case c.Op.HasSize():
		s += c.Size.String()
	}
	s += letter(fateLetters, int(c.Fate))
	if c.Nest {
		s += "&"
	}
	return s
}

// String is 3, of nothing, else H, H+1, H-1.
func (s Size) String() string {
	switch {
	case s.Of == Nothing:
		return strconv.FormatInt(s.N, 10)
	case s.N == 0:
		return letter(baseLetters, int(s.Of))
	}
	return fmt.Sprintf("%s%+d", letter(baseLetters, int(s.Of)), s.N)
}

// String is the call as reports show it: Resize(2), and of another than the root X Move(Y, H+1).
func (c Call) String() (s string) {
	if c.Via != Root {
		s = c.Via.String() + " "
	}
	s += c.Op.String()
	switch {
	case c.Op == Move:
		s += fmt.Sprintf("(%v, %v)", c.To, c.Size)
	case c.Op.HasSize():
		s += "(" + c.Size.String() + ")"
	}
	return s
}
