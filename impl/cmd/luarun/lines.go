//go:build lua54

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// maxLine is how many bytes of an unfinished line luarun keeps for a state. They are outside the
// limit. Of a longer line, each maxLine bytes come out as a line of their own; a + after the
// state's number says that the line goes on.
const maxLine = 8 << 10

// indexByte is bytes.IndexByte; a test counts the bytes that it is to search.
var indexByte = bytes.IndexByte

// lines writes what many states print, one line at a time.
type lines struct {
	mu    sync.Mutex
	w     io.Writer
	ended atomic.Bool
}

// stateLines is what one state prints.
type stateLines struct {
	*lines
	state int
	line  []byte // whose end the state has not printed, without what is already written
	goes  bool   // part of the line is already written
}

func (l *lines) of(state int) *stateLines { return &stateLines{lines: l, state: state} }

// end makes further lines fail, since a stuck state may still print. It does not wait for a line
// that is being written: a state may be stuck in that.
func (l *lines) end() { l.ended.Store(true) }

var errEnded = errors.New("luarun has ended")

// Write takes time in proportion to p, whatever is already on the line.
func (s *stateLines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		room := maxLine - len(s.line)
		head := rest[:min(room+1, len(rest))] // the end of a line that just fits is in it
		n := indexByte(head, '\n')
		switch {
		case n >= 0:
			s.line = append(s.line, rest[:n]...)
			rest = rest[n+1:]
			if err := s.put(false); err != nil {
				return 0, err
			}
		case len(head) <= room:
			s.line = append(s.line, head...)
			return len(p), nil
		default:
			s.line = append(s.line, rest[:room]...)
			rest = rest[room:]
			if err := s.put(true); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// put writes what is kept of the line. If more says so, the line goes on.
func (s *stateLines) put(more bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended.Load() {
		return errEnded
	}
	mark := ""
	if s.goes {
		mark = "+"
	}
	_, err := fmt.Fprintf(s.w, "[%d]%s %s\n", s.state, mark, s.line)
	s.line, s.goes = s.line[:0], more
	return err
}

// flush writes a line whose end was never printed.
func (s *stateLines) flush() error {
	if len(s.line) == 0 {
		return nil
	}
	return s.put(false)
}
