//go:build lua54

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		writes []string
		want   string
	}{
		{[]string{"one\n"}, "[7] one\n"},
		{[]string{"o", "n", "e\nt", "", "wo\n\n"}, "[7] one\n[7] two\n[7] \n"},
		{[]string{"no end"}, "[7] no end\n"},
		{[]string{x(maxLine), "\n"}, "[7] " + x(maxLine) + "\n"},
		{[]string{x(maxLine) + "\ny\n"}, "[7] " + x(maxLine) + "\n[7] y\n"},
		{[]string{x(maxLine)}, "[7] " + x(maxLine) + "\n"},
		{[]string{x(maxLine), "y", "\nz\n"}, "[7] " + x(maxLine) + "\n[7]+ y\n[7] z\n"},
		{[]string{"y" + x(2*maxLine), "z\n"}, "[7] y" + x(maxLine-1) + "\n[7]+ " + x(maxLine) + "\n[7]+ xz\n"},
	} {
		var out bytes.Buffer
		s := (&lines{w: &out}).of(7)
		for _, w := range c.writes {
			if n, err := s.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("Write = %d, %v, want %d", n, err, len(w))
			}
		}
		if err := s.flush(); err != nil || out.String() != c.want {
			t.Errorf("%.20q: got %.200q, %v, want %.200q", c.writes, out.String(), err, c.want)
		}
	}
}

// After the end nothing is written, and the state is told.
func TestLinesEnd(t *testing.T) {
	var out bytes.Buffer
	l := &lines{w: &out}
	s := l.of(1)
	s.Write([]byte("be"))
	l.end()
	if _, err := s.Write([]byte("fore\n")); err != errEnded || out.Len() != 0 {
		t.Errorf("Write = %v, %q written, want %v", err, out.String(), errEnded)
	}
}

// A line that never ends costs the same at every write, and luarun keeps a bounded part of it.
func TestWorkOfALongLine(t *testing.T) {
	defer func() { indexByte = bytes.IndexByte }()
	searched, kept := 0, 0
	indexByte = func(p []byte, c byte) int {
		searched += len(p)
		return bytes.IndexByte(p, c)
	}
	const writes, size = 20_000, 10
	var out bytes.Buffer
	s := (&lines{w: &out}).of(1)
	for range writes {
		s.Write(bytes.Repeat([]byte("x"), size))
		kept = max(kept, cap(s.line))
	}
	s.Write(bytes.Repeat([]byte("y"), writes*size))
	if most := 3 * writes * size; searched > most {
		t.Errorf("%d bytes searched in %d that were written, want at most %d", searched, 2*writes*size, most)
	}
	if kept = max(kept, cap(s.line)); kept > 2*maxLine {
		t.Errorf("%d bytes kept, want at most about %d", kept, maxLine)
	}
}
