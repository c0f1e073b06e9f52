package trace

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
)

// bufferSize holds any valid line many times over, in bytes.
const bufferSize = 32 << 10

// An Error is a malformed or unreadable trace.
type Error struct {
	Name string // of the trace
	Line int64  // from 1; of the uncompressed text
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// A Reader reads a trace and checks it against the format as it goes. However long the trace, it
// keeps only a buffer and the sizes of the live blocks. Not safe for concurrent use.
type Reader struct {
	name string
	in   *bufio.Reader
	line int64
	live Blocks
	err  error // once set, for good
}

// NewReader returns a Reader of the trace in r, plain or gzip, told apart by its first bytes. The
// name is for errors.
func NewReader(r io.Reader, name string) *Reader {
	return &Reader{name: name, in: bufio.NewReaderSize(r, bufferSize)}
}

// Live returns the blocks that are live after the calls read so far.
func (r *Reader) Live() *Blocks { return &r.live }

// Read returns the next call. At the end of a complete trace it returns io.EOF. Any other error is
// an *Error.
func (r *Reader) Read() (Call, error) {
	if r.err != nil {
		return Call{}, r.err
	}
	c, err := r.read()
	if err == nil {
		err = r.live.Do(c)
	}
	if err == nil {
		return c, nil
	}
	if r.err = err; err != io.EOF {
		r.err = &Error{r.name, r.line, err}
	}
	return Call{}, r.err
}

// All returns the calls that are left, one after another. The error of Read that ends them comes
// last, with no call; the end of a complete trace is no error.
func (r *Reader) All() iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		for {
			c, err := r.Read()
			if err == io.EOF || !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) read() (Call, error) {
	if r.line++; r.line == 1 {
		if err := r.unzip(); err != nil {
			return Call{}, err
		}
	}
	line, err := r.in.ReadSlice('\n')
	switch {
	case err == io.EOF && len(line) > 0:
		return Call{}, errors.New("line is cut off: no newline")
	case err == io.EOF && r.line == 1:
		return Call{}, errors.New("trace is empty")
	case err == io.EOF && r.live.Len() > 0:
		return Call{}, fmt.Errorf("trace ends with %d blocks of %d bytes live", r.live.Len(), r.live.Bytes())
	case err != nil && err != bufio.ErrBufferFull:
		return Call{}, err
	}
	c, ok := parse(line)
	if !ok {
		return Call{}, fmt.Errorf("got %.40q, want n ID TAG NSIZE, r ID OSIZE NSIZE or f ID OSIZE", line)
	}
	return c, nil
}

// unzip puts a gzip reader in between if the trace begins like one.
func (r *Reader) unzip() error {
	if magic, _ := r.in.Peek(2); string(magic) != "\x1f\x8b" {
		return nil // an error of Peek comes again with the first line
	}
	z, err := gzip.NewReader(r.in)
	if err != nil {
		return err
	}
	r.in = bufio.NewReaderSize(z, bufferSize)
	return nil
}

// parse returns the call of a line, newline included.
func parse(line []byte) (c Call, ok bool) {
	if len(line) < 2 || line[1] != ' ' {
		return c, false
	}
	c.Op = Op(line[0])
	if c.ID, line, ok = number(line[2:], ' '); !ok {
		return c, false
	}
	if c.Op == Free {
		c.OSize, _, ok = number(line, '\n')
	} else if c.OSize, line, ok = number(line, ' '); ok {
		c.NSize, _, ok = number(line, '\n')
	}
	return c, ok && c.valid()
}

// number returns the number that s begins with and what follows it after the byte end.
func number(s []byte, end byte) (n int64, rest []byte, ok bool) {
	for i, c := range s {
		switch {
		case c == end:
			return n, s[i+1:], i == 1 || i > 1 && s[0] != '0'
		case c < '0' || c > '9' || n > maxNumber:
			return 0, nil, false
		}
		n = n*10 + int64(c-'0')
	}
	return 0, nil, false
}
