package prove

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// What TLC prints is read as a bool, an int64, a string, or one of these.
type (
	modelValue string         // a thread
	tupleOf    []any          // <<a, b>>
	setOfAny   []any          // {a, b}
	recordOfs  map[string]any // [a |-> 1]
	pairs      []pairOf       // (a :> 1 @@ b :> 2)
	pairOf     struct{ x, fx any }
)

// written is the value as TLC reads it. Values are equal exactly if they are written alike.
func written(v any) string {
	var parts []string
	switch v := v.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return strconv.Quote(v)
	case modelValue:
		return string(v)
	case tupleOf:
		for _, x := range v {
			parts = append(parts, written(x))
		}
		return "<<" + strings.Join(parts, ", ") + ">>"
	case setOfAny:
		for _, x := range v {
			parts = append(parts, written(x))
		}
		slices.Sort(parts)
		return "{" + strings.Join(slices.Compact(parts), ", ") + "}"
	case recordOfs:
		for name, x := range v {
			parts = append(parts, name+" |-> "+written(x))
		}
		slices.Sort(parts)
		return "[" + strings.Join(parts, ", ") + "]"
	case pairs:
		for _, p := range v {
			parts = append(parts, written(p.x)+" :> "+written(p.fx))
		}
		slices.Sort(parts)
		return "(" + strings.Join(parts, " @@ ") + ")"
	}
	panic(fmt.Sprintf("%T is no value", v))
}

// A valueReader reads one value. It panics at what it does not know.
type valueReader struct{ rest string }

// readValue reads a text that is one value.
func readValue(text string) any {
	r := &valueReader{text}
	v := r.value()
	if r.space(); r.rest != "" {
		panic(fmt.Sprintf("%.40q after a value", r.rest))
	}
	return v
}

func (r *valueReader) space() { r.rest = strings.TrimLeft(r.rest, " \n") }

// take goes on behind the token, if it comes next.
func (r *valueReader) take(token string) bool {
	r.space()
	rest, ok := strings.CutPrefix(r.rest, token)
	if ok {
		r.rest = rest
	}
	return ok
}

func (r *valueReader) need(token string) {
	if !r.take(token) {
		panic(fmt.Sprintf("%.40q, want %q", r.rest, token))
	}
}

// word is a name or a number.
func (r *valueReader) word() string {
	r.space()
	n := strings.IndexFunc(r.rest, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-'
	})
	if n < 0 {
		n = len(r.rest)
	}
	if n == 0 {
		panic(fmt.Sprintf("no value at %.40q", r.rest))
	}
	w := r.rest[:n]
	r.rest = r.rest[n:]
	return w
}

// list reads values up to the token.
func (r *valueReader) list(end string) (all []any) {
	for !r.take(end) {
		if len(all) > 0 {
			r.need(",")
		}
		all = append(all, r.value())
	}
	return all
}

func (r *valueReader) value() any {
	switch {
	case r.take("<<"):
		return tupleOf(r.list(">>"))
	case r.take("{"):
		return setOfAny(r.list("}"))
	case r.take(`"`):
		s, rest, _ := strings.Cut(r.rest, `"`)
		r.rest = rest
		return s
	case r.take("["):
		v := recordOfs{}
		for !r.take("]") {
			if len(v) > 0 {
				r.need(",")
			}
			name := r.word()
			r.need("|->")
			v[name] = r.value()
		}
		return v
	case r.take("("):
		var v pairs
		for !r.take(")") {
			if len(v) > 0 {
				r.need("@@")
			}
			x := r.value()
			r.need(":>")
			v = append(v, pairOf{x, r.value()})
		}
		return v
	}
	w := r.word()
	if w == "TRUE" || w == "FALSE" {
		return w == "TRUE"
	}
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return n
	}
	return modelValue(w)
}

func TestReadValue(t *testing.T) {
	for _, text := range []string{"TRUE", "-7", `"over limit"`, "t1", "<<>>", "{}", `<<"ok", {1, 2}>>`,
		`[a |-> -1, b |-> [c |-> FALSE]]`, "(t1 :> {} @@ t2 :> (0 :> 1 @@ 1 :> 2))"} {
		if got := written(readValue(text)); got != text {
			t.Errorf("%s is read as %s", text, got)
		}
	}
	if a, b := written(readValue("{2, 1, 2}")), written(readValue("{1, 2}")); a != b {
		t.Errorf("equal sets are written as %s and as %s", a, b)
	}
}
