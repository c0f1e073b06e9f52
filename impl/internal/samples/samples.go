// Package samples writes how full a budget is while a command runs, as CSV.
package samples

import (
	"errors"
	"os"
	"strconv"
	"time"

	"casalloc/impl"
)

// Header is the first line of a file, without its end. A row for each sample follows.
const Header = "seconds,limit_bytes,used_bytes,live_bytes,refused_growths"

// Every is the time from one sample to the next, or longer if all processors are busy.
const Every = 10 * time.Millisecond

// Help says in the help of a command how exact each column is.
const Help = `Columns of -samples:
  seconds          since the first row; a row about every 10 ms, and one at the end
  limit_bytes      exact
  used_bytes       an upper bound, of the same instant as the limit: the slack of children is in it,
                   as a rule at most 512 KiB for each; exact without children
  live_bytes       exact but for calls in progress; of an instant shortly before, so it may be
                   above used_bytes
  refused_growths  so far, likewise
Sampling drains no child and waits for nobody. Each row is in the file at once, so an interrupt
loses none.
`

// A Source is what samples are taken of. Its functions are called while others use the budget.
type Source struct {
	Stats   func() impl.Stats // of the budget
	Live    func() int64      // bytes that exist
	Refused func() int64      // growths so far, of all budgets
}

// A File is a CSV file with samples. A nil *File is none: its methods do nothing.
type File struct {
	file   *os.File
	source Source
	begin  time.Time // of the first sample
	line   []byte
	err    error         // the first of writing
	quit   chan struct{} // nil: not started
	done   chan struct{} // closed when the goroutine has ended, which owns the fields above
}

// Create makes the file, or none if path is empty.
func Create(path string) (*File, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &File{file: f}, nil
}

// Start writes a sample of s, and then one again and again until Stop. It is called once at most.
func (f *File) Start(s Source) {
	if f == nil {
		return
	}
	f.source, f.begin = s, time.Now()
	f.quit, f.done = make(chan struct{}), make(chan struct{})
	f.line = append(f.line, Header+"\n"...)
	f.write()
	f.sample()
	go f.follow()
}

// Stop writes the last sample and closes the file. It returns the first error of writing. It is
// called once at most.
func (f *File) Stop() error {
	if f == nil {
		return nil
	}
	if f.quit != nil {
		close(f.quit)
		<-f.done
	}
	return errors.Join(f.err, f.file.Close())
}

// follow writes a sample at each tick, and the last one.
func (f *File) follow() {
	defer close(f.done)
	tick := time.Tick(Every)
	for {
		select {
		case <-tick:
			f.sample()
		case <-f.quit:
			f.sample()
			return
		}
	}
}

func (f *File) sample() {
	refused, live, s := f.source.Refused(), f.source.Live(), f.source.Stats()
	f.line = strconv.AppendFloat(f.line[:0], time.Since(f.begin).Seconds(), 'f', 4, 64)
	for _, n := range [...]int64{s.Limit, s.Used, live, refused} {
		f.line = strconv.AppendInt(append(f.line, ','), n, 10)
	}
	f.line = append(f.line, '\n')
	f.write()
}

// write writes the line at once: nothing is left to flush.
func (f *File) write() {
	if f.err == nil {
		_, f.err = f.file.Write(f.line)
	}
}
