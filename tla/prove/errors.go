package prove

import "fmt"

// An unsupportedError is a construct that this package does not translate, and its place.
type unsupportedError struct {
	place string // file and line, if known
	what  string
}

func (e unsupportedError) Error() string {
	if e.place == "" {
		return "not supported: " + e.what
	}
	return e.place + ": not supported: " + e.what
}

func unsupported(format string, args ...any) error {
	return unsupportedError{what: fmt.Sprintf(format, args...)}
}

func (p position) unsupported(format string, args ...any) error {
	return unsupportedError{p.String(), fmt.Sprintf(format, args...)}
}

// placed gives the unsupportedError of a panic the place of x, unless it has one. It is deferred
// by what walks expressions, so the place is that of the innermost.
func (x *expr) placed() {
	switch r := recover().(type) {
	case nil:
	case unsupportedError:
		if r.place == "" {
			r.place = x.position.String()
		}
		panic(r)
	default:
		panic(r)
	}
}

func recoverUnsupported(err *error) {
	switch r := recover().(type) {
	case nil:
	case unsupportedError:
		*err = r
	default:
		panic(r)
	}
}
