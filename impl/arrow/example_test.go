package arrowmem_test

import (
	"errors"
	"fmt"
	"log"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// A query builds an array, and another that does not fit. What it forgets goes when it leaves.
func Example() {
	budget := impl.NewBudget()
	if err := budget.SetLimit(1 << 20); err != nil { // of all queries
		log.Fatal(err)
	}
	query := budget.NewChild(impl.NoLimit) // one for each query, whatever goroutines work on it
	defer query.Leave()                    // gives back what is left, when all have ended
	mem := arrowmem.New(query, arrowmem.Heap{})
	numbers := func(n int64) (a *array.Int64, err error) {
		err = arrowmem.Catch(func() error { // makes an error of arrow-go's panic
			b := array.NewInt64Builder(mem)
			defer b.Release() // after a refusal too
			for i := range n {
				b.Append(i)
			}
			a = b.NewInt64Array()
			return nil
		})
		return a, err
	}
	first, err := numbers(50_000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mem.AllocatedBytes()) // 400,000 and a bitmap

	_, err = numbers(100_000) // its builder doubles what it has: 65,536 numbers, and a bitmap
	if r, ok := errors.AsType[impl.Refusal](err); ok && errors.Is(err, impl.ErrLimit) {
		fmt.Println(r.Requested, "requested,", r.Used, "of", r.Limit, "used")
	}
	first.Release() // not optional here
	fmt.Println(budget.Exact().Used)
	// Output:
	// 408192
	// 524288 requested, 948864 of 1048576 used
	// 0
}
