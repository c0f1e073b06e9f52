package prove

import "fmt"

// An unsupportedError is a construct that this package does not know: never skipped, never
// guessed.
type unsupportedError struct{ what string }

func (e unsupportedError) Error() string { return "not supported: " + e.what }

func unsupported(format string, args ...any) error {
	return unsupportedError{fmt.Sprintf(format, args...)}
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
