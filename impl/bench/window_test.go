//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A load is what a goroutine does.
type load struct {
	limit int64 // for each goroutine
	calls int   // that play makes
	play  func(budget)
}

const (
	length = 2 * time.Millisecond // of a window
	most   = 0.02                 // of a window that a thread may be without its core
	tries  = 2000                 // windows until one counts
)

// perCall returns the nanoseconds that a call costs the goroutine that makes it. All make calls for
// the length of a window, each on a thread of its own that is pinned to a core. A window in which a
// thread had to wait for its core is thrown away: the others met fewer rivals meanwhile. With more
// goroutines than cores all threads wait, and processor time is what counts. With -short each window
// counts.
func perCall(b *testing.B, goroutines int, l load, c contender) float64 {
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err != nil {
		b.Fatal(err)
	}
	spent, until := elapsed, length
	crowded := goroutines > cores.Count()
	if crowded {
		spent, until = processor, 5*length*time.Duration(goroutines) // more than a turn for each
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(goroutines))
	}
	for range tries {
		ns, without := window(goroutines, l, c.make(l.limit*int64(goroutines)), cores, until, spent)
		if without < most || crowded || testing.Short() {
			return ns
		}
		time.Sleep(length)
	}
	b.Fatalf("the cores are busy: a thread was without its core in each of %d windows", tries)
	return 0
}

// window is one window. Its cost is in what spent counts. It also returns for which part of it a
// thread was without its core: it began late, or waited.
func window(goroutines int, l load, client func() budget, cores unix.CPUSet, until time.Duration,
	spent func() time.Duration) (ns, without float64) {
	var ready atomic.Int64
	var mu sync.Mutex
	var done sync.WaitGroup
	var cost, first, last, waited time.Duration
	var calls int
	for i := range goroutines {
		done.Go(func() {
			thread := pin(i, cores)
			defer thread.Close()
			x := client()
			l.play(x) // stocks a child
			for ready.Add(1); ready.Load() < int64(goroutines); {
				unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
			}
			waits0, spent0, start := waits(thread), spent(), elapsed()
			var mine int
			for elapsed() < start+until {
				l.play(x)
				mine += l.calls
			}
			spent1, waits1 := spent(), waits(thread)
			mu.Lock()
			defer mu.Unlock()
			if calls == 0 {
				first, last = start, start
			}
			first, last, waited = min(first, start), max(last, start), max(waited, waits1-waits0)
			cost, calls = cost+spent1-spent0, calls+mine
		})
	}
	done.Wait()
	return float64(cost.Nanoseconds()) / float64(calls), float64(last-first+waited) / float64(until)
}

// began is when elapsed began.
var began = time.Now()

// elapsed is the time on the wall, and processor that of the thread.
func elapsed() time.Duration { return time.Since(began) }

func processor() time.Duration {
	var t unix.Timespec
	must(unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) == nil)
	return time.Duration(t.Nano())
}

// pin pins the goroutine to a thread and the thread to one of the cores. The thread ends with the
// goroutine, and the pinning with it. pin returns the file that waits reads.
func pin(i int, cores unix.CPUSet) *os.File {
	runtime.LockOSThread()
	i %= cores.Count()
	var one unix.CPUSet
	for core := 0; one.Count() == 0; core++ {
		if cores.IsSet(core) {
			if i == 0 {
				one.Set(core)
			}
			i--
		}
	}
	must(unix.SchedSetaffinity(0, &one) == nil)
	thread, err := os.Open("/proc/thread-self/schedstat")
	must(err == nil)
	return thread
}

// waits returns how long the thread has waited for its core so far: the second of the numbers in
// its schedstat.
func waits(thread *os.File) time.Duration {
	var text [64]byte
	n, _ := thread.ReadAt(text[:], 0)
	fields := bytes.Fields(text[:n])
	ns, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("schedstat %q: %v", text[:n], err))
	}
	return time.Duration(ns)
}

// Two threads that have one core between them wait for it.
func TestWindowThrownAway(t *testing.T) {
	var one unix.CPUSet
	one.Set(0)
	ns, without := window(2, far, children.make(2*far.limit), one, 50*time.Millisecond, processor)
	if without < most || ns <= 0 {
		t.Errorf("a thread was without its core for %v of the window, and a call took %v ns", without, ns)
	}
}
