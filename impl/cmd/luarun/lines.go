//go:build lua54

package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// lines writes what many states print, one line at a time.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	states []*stateLines
}

// stateLines is what one state prints.
type stateLines struct {
	*lines
	prefix string
	rest   []byte // the last line, whose end the state has not printed
}

func (l *lines) of(state int) io.Writer {
	s := &stateLines{lines: l, prefix: fmt.Sprintf("[%d] ", state)}
	l.states = append(l.states, s)
	return s
}

func (s *stateLines) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		i := bytes.IndexByte(s.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		if err := s.write(s.rest[:i]); err != nil {
			return 0, err
		}
		s.rest = s.rest[i+1:]
	}
}

func (s *stateLines) write(line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintf(s.w, "%s%s\n", s.prefix, line)
	return err
}

// flush writes the lines whose end was never printed.
func (l *lines) flush() {
	for _, s := range l.states {
		if len(s.rest) > 0 {
			s.write(s.rest)
		}
	}
}
