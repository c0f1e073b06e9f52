package calls

import (
	"fmt"
	"strconv"
	"strings"
)

// The letters of what a call goes through, of what a size is of, and of fates, by number.
const (
	viaLetters  = " XYZT"
	baseLetters = " BAHM"
	fateLetters = " xpe"
)

const maxTimes = 256 // of one item

// Parse reads the text of a program.
func Parse(text string) (Program, error) {
	start, clients, _ := strings.Cut(text, ":")
	p := Program{Limit: Unlimited}
	if start != "U" {
		var err error
		if p.Limit, err = strconv.ParseInt(start, 10, 64); err != nil || p.Limit < 0 {
			return p, fmt.Errorf("program %q: start %q", text, start)
		}
	}
	for _, part := range strings.Split(clients, ":") {
		c, err := parseClient(part)
		if err != nil {
			return p, fmt.Errorf("program %q: %w", text, err)
		}
		p.Clients = append(p.Clients, c)
	}
	return p, nil
}

func parseClient(text string) (c Client, err error) {
	text, c.Account = strings.CutPrefix(text, "@")
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
			call, err := parseCall(text)
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

func parseCall(text string) (c Call, err error) {
	bad := fmt.Errorf("call %q", text)
	rest := text
	c.Via = Via(cutLetter(&rest, viaLetters))
	c.Op = cutOp(&rest)
	rest, c.Nest = strings.CutSuffix(rest, "&")
	if n := len(rest) - 1; n >= 0 && strings.IndexByte(fateLetters, rest[n]) > 0 {
		c.Fate, rest = Fate(strings.IndexByte(fateLetters, rest[n])), rest[:n]
	}
	switch {
	case (c.Nest || c.Fate != Succeeds) && !c.Op.HasBackend(), c.Via != Budget && !c.Op.has(hasVia):
		return c, bad
	case c.Op == Realloc && rest == "0" && (c.Fate == Fails || c.Fate == Either):
		return c, fmt.Errorf("%w: a Backend's free cannot fail", bad)
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
	if s.Of = Base(cutLetter(&text, baseLetters)); text != "" || s.Of == Nothing {
		s.N, err = strconv.ParseInt(text, 10, 64)
	}
	return s, err
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

// cutLetter cuts one of the letters off the beginning of text and returns its number, or 0.
func cutLetter(text *string, letters string) int {
	if *text == "" {
		return 0
	}
	i := max(0, strings.IndexByte(letters, (*text)[0]))
	if i > 0 {
		*text = (*text)[1:]
	}
	return i
}

// letter is a letter by number; the first is none.
func letter(letters string, i int) string { return strings.TrimSpace(letters[i : i+1]) }

// String is the text of a program, without clients that call nothing.
func (p Program) String() string {
	text := "U"
	if p.Limit != Unlimited {
		text = strconv.FormatInt(p.Limit, 10)
	}
	for _, c := range p.Clients {
		if s := c.String(); s != "" {
			text += ":" + s
		}
	}
	return text
}

func (c Client) String() string {
	var items []string
	if c.Held > 0 {
		items = append(items, fmt.Sprintf("h%d", c.Held))
	}
	for _, item := range c.Items {
		var alternatives []string
		for _, call := range item {
			alternatives = append(alternatives, call.text())
		}
		items = append(items, strings.Join(alternatives, "/"))
	}
	at := ""
	if c.Account {
		at = "@"
	}
	return at + strings.Join(items, ".")
}

// text is the call in the text of a program.
func (c Call) text() string {
	s := letter(viaLetters, int(c.Via))
	if c.Op != Resize || c.Of == Nothing && c.N < 0 {
		s += ops[c.Op].letter
	}
	if c.Op.HasSize() {
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

// String is the call as reports show it, Resize(2), and after its account or tenant, X
// Reserve(H+1).
func (c Call) String() string {
	s := letter(viaLetters, int(c.Via))
	if s != "" {
		s += " "
	}
	s += c.Op.String()
	if c.Op.HasSize() {
		s += "(" + c.Size.String() + ")"
	}
	return s
}
