package trace_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// How much memory does a recorded program need? Its trace is played against limits.
func ExampleReader() {
	play := func(recorded string, limit int64) error {
		b := impl.NewBudget()
		if err := b.SetLimit(limit); err != nil {
			return err
		}
		for call, err := range trace.NewReader(strings.NewReader(recorded), "recorded").All() {
			if err != nil {
				return err // of the trace
			}
			osize, nsize := call.Sizes()
			if err := b.Resize(osize, nsize, func() bool { return true }); err != nil {
				return err // of the budget
			}
		}
		return nil
	}
	fmt.Println(play("n 1 0 600\nr 1 600 900\nf 1 900\n", 900))
	fmt.Println(play("n 1 0 600\nr 1 600 900\nf 1 900\n", 899))

	err := play("n 1 0 600\nr 1 500 900\n", 900)
	if e, ok := errors.AsType[*trace.Error](err); ok {
		fmt.Printf("line %d: %v\n", e.Line, e.Err)
	}
	// Output:
	// <nil>
	// casalloc: over limit
	// line 2: block 1 has 600 bytes, not 500
}

// Write refuses what no program can have done, and Close a trace that is not at its end.
func ExampleWriter() {
	var recorded strings.Builder
	w := trace.NewWriter(&recorded)
	if err := w.Write(trace.Call{Op: trace.New, ID: 1, NSize: 600}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(w.Write(trace.Call{Op: trace.Free, ID: 2, OSize: 600}))
	fmt.Println(w.Close())

	if err := w.Write(trace.Call{Op: trace.Free, ID: 1, OSize: 600}); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Print(recorded.String())
	// Output:
	// trace: block 2 is not live
	// trace: ends with 1 blocks of 600 bytes live
	// n 1 0 600
	// f 1 600
}
