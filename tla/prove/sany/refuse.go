package sany

import "fmt"

// An Unsupported is the error for a construct that is not translated, and its place.
type Unsupported struct {
	Place string // file and line, if known
	What  string
}

func (e Unsupported) Error() string {
	if e.Place == "" {
		return "not supported: " + e.What
	}
	return e.Place + ": not supported: " + e.What
}

// Refuse is an Unsupported whose place is not known yet. The translation panics with it.
func Refuse(format string, args ...any) error {
	return Unsupported{What: fmt.Sprintf(format, args...)}
}

// Refuse is an Unsupported at the position.
func (p Position) Refuse(format string, args ...any) error {
	return Unsupported{p.String(), fmt.Sprintf(format, args...)}
}

// Placed gives the Unsupported of a panic the place of x, unless it has one. It is deferred
// by what walks expressions, so the place is that of the innermost.
func (x *Expr) Placed() {
	switch r := recover().(type) {
	case nil:
	case Unsupported:
		if r.Place == "" {
			r.Place = x.Position.String()
		}
		panic(r)
	default:
		panic(r)
	}
}

// Recover makes an error of the panic of an Unsupported. It is deferred.
func Recover(err *error) {
	switch r := recover().(type) {
	case nil:
	case Unsupported:
		*err = r
	default:
		panic(r)
	}
}
