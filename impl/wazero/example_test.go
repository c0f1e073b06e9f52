package wazeromem_test

import (
	"context"
	"fmt"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
)

// Two instances share a limit of one MiB. What one holds the other cannot have, until it is closed.
func Example() {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	compiled, _ := r.CompileModule(ctx, module{min: 4, max: 100}.binary()) // pages of 64 KiB

	budget := impl.NewBudget()
	budget.SetLimit(1 << 20)
	start := func() (*impl.Tenant, *wazeromem.Allocator, func(pages uint64) int32, func()) {
		tenant := budget.NewTenant()
		a := wazeromem.New(tenant, impl.Heap{})
		mod, err := a.Instantiate(ctx, r, compiled, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			panic(err)
		}
		grow := func(pages uint64) int32 {
			result, _ := mod.ExportedFunction("grow").Call(ctx, pages)
			return int32(result[0])
		}
		return tenant, a, grow, func() { mod.Close(ctx) }
	}

	one, _, growOne, closeOne := start()
	two, a, growTwo, closeTwo := start()
	fmt.Println(growOne(8), growTwo(1)) // memory.grow returns the old size
	fmt.Println(one.Held(), two.Held())

	fmt.Println(a.Refusal())
	closeOne()
	fmt.Println(growTwo(1))
	closeTwo()
	fmt.Println(budget.Usage().Taken)
	// Output:
	// 4 -1
	// 786432 262144
	// casalloc: over limit: 65536 bytes requested, 1048576 of 1048576 held
	// 4
	// 0
}
