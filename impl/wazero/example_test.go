package wazeromem_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// A guest grows until it hears no, and goes on. When it is closed, all it had is given back.
func Example() {
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	compiled, err := runtime.CompileModule(ctx, guest(4, 100).binary()) // pages of 64 KiB
	if err != nil {
		log.Fatal(err)
	}

	budget := impl.NewBudget()
	if err := budget.SetLimit(1 << 20); err != nil { // of all guests
		log.Fatal(err)
	}
	first := budget.NewChild(512 << 10) // the limit of a guest, if you like: else take budget
	defer first.Close()
	first.SetName("first")
	a := wazeromem.New(first, impl.Heap{}) // or impl.NewMmap
	mod, err := a.Instantiate(ctx, runtime, compiled, wazero.NewModuleConfig())
	if errors.Is(err, impl.ErrLimit) {
		log.Fatal("no room for its first memory: ", err)
	} else if err != nil {
		log.Fatal(err)
	}
	grow := func(pages uint64) int32 { // what memory.grow returns: the old size, or -1
		result, err := mod.ExportedFunction("grow").Call(ctx, pages)
		if err != nil {
			log.Fatal(err)
		}
		return api.DecodeI32(result[0])
	}
	fmt.Println(grow(2), grow(100-6), grow(2))
	fmt.Println(a.Refusal()) // why the last memory.grow was -1

	if err := mod.Close(ctx); err != nil { // gives all back, on whatever goroutine
		log.Fatal(err)
	}
	fmt.Println(budget.Exact().Used)
	// Output:
	// 4 -1 6
	// casalloc: over limit of /first: 6160384 bytes requested, 393216 of 524288 used
	// 0
}
