package impl_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"testing/synctest"
	"time"

	"casalloc/impl"
)

func Example_semaphore() {
	b := impl.NewBudget()
	if err := b.SetLimit(100); err != nil {
		log.Fatal(err)
	}
	acquire, giving := waiting(b)

	ctx := context.Background()
	fmt.Println(acquire(ctx, 60))
	late, cancel := context.WithCancel(ctx)
	cancel()
	fmt.Println(acquire(late, 10))

	granted := make(chan error)
	go func() { granted <- acquire(ctx, 60) }()
	giving(func() { b.Release(60) })
	fmt.Println(<-granted)
	go func() { granted <- acquire(ctx, 60) }()
	giving(func() { fmt.Println(b.SetLimit(120)) })
	fmt.Println(<-granted)
	// Output:
	// <nil>
	// context canceled
	// <nil>
	// <nil>
	// <nil>
}

// A context that has ended before the call: nothing is taken, every time.
func TestAcquireAfterCancel(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 100, 0)
	acquire, giving := waiting(b)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	took := 0
	for range 1000 {
		if acquire(ctx, 1) == nil {
			took++
			giving(func() { b.Release(1) })
		}
	}
	if took > 0 {
		t.Errorf("took %d of 1000 with a context that has ended", took)
	}
}

// One waits for 60 of 100 bytes, and is told of each way in which bytes come back.
func TestWaiterAfterRollback(t *testing.T) {
	for _, tt := range []struct {
		name string
		held int64 // at first, through a guest
		give func(b, guest *impl.Budget, wait func())
	}{
		{"the backend of a growth fails", 0, func(b, _ *impl.Budget, wait func()) {
			b.Resize(0, 60, func() bool { wait(); return false })
		}},
		{"the backend of a growth panics", 0, func(b, _ *impl.Budget, wait func()) {
			b.Resize(0, 60, func() bool { wait(); panic("oops") })
		}},
		{"a guest's growth fails", 0, func(_, guest *impl.Budget, wait func()) {
			guest.Resize(0, 60, func() bool { wait(); return false })
		}},
		{"a shrink", 60, func(_, guest *impl.Budget, wait func()) {
			guest.Resize(60, 40, func() bool { wait(); return true })
		}},
		{"a release", 60, func(_, guest *impl.Budget, wait func()) { wait(); guest.Release(20) }},
		{"a guest leaves", 60, func(_, guest *impl.Budget, wait func()) { wait(); guest.Leave() }},
		{"the limit rises", 60, func(b, _ *impl.Budget, wait func()) { wait(); b.SetLimit(120) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBudget(t, impl.Enforcing, 100, 0)
				guest := b.NewChild(impl.NoLimit)
				must(t, guest.Reserve(tt.held))
				acquire, giving := waiting(b)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // of a clock that jumps
				defer cancel()
				granted := make(chan error, 1)
				catch(func() {
					giving(func() {
						tt.give(b, guest, func() {
							go func() { granted <- acquire(ctx, 60) }()
							synctest.Wait() // it was refused, and waits
						})
					})
				})
				if n := b.Stats().Refused; n != 1 {
					t.Fatalf("%d refused, want 1: the waiter", n)
				}
				if err := <-granted; err != nil {
					t.Errorf("acquire(60) = %v, with room", err)
				}
			})
		})
	}
}
