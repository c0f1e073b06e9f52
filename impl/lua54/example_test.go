//go:build lua54

package lua54_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"casalloc/impl"
	"casalloc/impl/lua54"
)

// A script that is refused memory ends with one error, a script with a bug with another, and the
// state goes on.
func Example() {
	budget := impl.NewBudget()
	if err := budget.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}
	state, err := lua54.Open(budget, lua54.Options{Output: os.Stdout})
	if err != nil {
		log.Fatal(err) // ErrMemory: not even the libraries fit
	}
	for _, source := range []string{
		`print(#string.rep("x", 4 << 20))`,
		`print(#nothing)`,
		`print("goes on")`,
	} {
		if err := state.Load("=script", source); err != nil {
			log.Fatal(err) // a syntax error, or ErrMemory
		}
		err := state.Run(context.Background())
		if e, ok := errors.AsType[*lua54.Error](err); ok {
			fmt.Println("raised", e.Message)
		} else if errors.Is(err, lua54.ErrMemory) {
			fmt.Println("refused:", errors.Is(err, impl.ErrLimit))
		}
	}
	if err := state.Close(); err != nil {
		log.Fatal(err) // something is still held
	}
	// Output:
	// refused: true
	// raised script:1: attempt to get length of a nil value (global 'nothing')
	// goes on
}
