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

// Two states of one customer. A script that is refused memory ends with one error, which names the
// limit, a script with a bug with another, and the state goes on.
func Example() {
	root := impl.NewBudget()
	if err := root.SetLimit(1 << 30); err != nil {
		log.Fatal(err)
	}
	customer := root.NewChild(1 << 20)
	defer customer.Close()
	customer.SetName("acme")
	for id, limit := range []int64{256 << 10, 4 << 20} {
		state, err := lua54.Open(customer, lua54.Options{ID: id, Limit: limit, Output: os.Stdout})
		if err != nil {
			log.Fatal(err) // ErrMemory: not even the libraries fit
		}
		state.Budget().SetName(fmt.Sprint("state ", id))
		for _, source := range []string{
			`print(#string.rep("x", 2 << 20))`,
			`print(#nothing)`,
			`print("goes on")`,
		} {
			if err := state.Load("=script", source); err != nil {
				log.Fatal(err) // a syntax error, or ErrMemory
			}
			err := state.Run(context.Background())
			if e, ok := errors.AsType[*lua54.Error](err); ok {
				fmt.Println("raised", e.Message)
			} else if r, ok := errors.AsType[impl.Refusal](err); ok {
				fmt.Printf("refused %d bytes: limit of %s is %d\n", r.Requested, r.Path, r.Limit)
			}
		}
		if err := state.Close(); err != nil {
			log.Fatal(err) // something is still held
		}
	}
	// Output:
	// refused 2097152 bytes: limit of /acme/state 0 is 262144
	// raised script:1: attempt to get length of a nil value (global 'nothing')
	// goes on
	// refused 2097152 bytes: limit of /acme is 1048576
	// raised script:1: attempt to get length of a nil value (global 'nothing')
	// goes on
}
