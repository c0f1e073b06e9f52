package arrowmem_test

import (
	"errors"
	"fmt"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Two queries share a limit. What one holds the other cannot have, until it is released.
func Example() {
	budget := impl.NewBudget()
	budget.SetLimit(1_500_000)
	numbers := func(mem memory.Allocator) (a *array.Int64, err error) {
		err = arrowmem.Catch(func() error {
			b := array.NewInt64Builder(mem)
			defer b.Release() // after a refusal too
			for i := range int64(100_000) {
				b.Append(i)
			}
			a = b.NewInt64Array()
			return nil
		})
		return a, err
	}

	one := arrowmem.New(budget.NewTenant(), arrowmem.Heap{})
	two := arrowmem.New(budget.NewTenant(), arrowmem.Heap{})
	first, err := numbers(one)
	fmt.Println(one.AllocatedBytes(), err) // 800,000 and a bitmap
	_, err = numbers(two)
	fmt.Println(two.AllocatedBytes(), errors.Is(err, impl.ErrLimit), err)

	first.Release()
	second, err := numbers(two)
	fmt.Println(two.AllocatedBytes(), err)
	second.Release()
	fmt.Println(budget.Stats().Allocated)
	// Output:
	// 816384 <nil>
	// 0 true casalloc: over limit: 524288 bytes requested, 1357056 of 1500000 held
	// 816384 <nil>
	// 0
}
