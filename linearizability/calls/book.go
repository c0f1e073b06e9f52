package calls

import (
	"casalloc/impl"
	"casalloc/model"
)

// A Book is what a caller has through one account or tenant, or through the Budget itself, and what
// the model does not have of an account: its own limit, and its end. Sizes are in bytes.
type Book struct {
	Held   int64 // reserved and not released
	Block  int64 // the caller's block, as the caller believes
	Limit  int64 // of the account itself; 0: none
	Closed bool
}

// Loose is what is held beside the block.
func (b Book) Loose() int64 { return b.Held - b.Block }

// Refuses returns the error with which the account itself refuses an operation of its own, and
// while anything is counted also a growth over its own limit or after Close, and a release of more
// than it holds. nil: it is for the Budget to decide.
func (b Book) Refuses(op Op, n int64) error {
	growth := op == Reserve && n >= 1 && !BadSize(n)
	limit := op == SetAccountLimit
	switch {
	case limit && (n < 1 || BadSize(n)):
		return model.ErrSize
	case (growth || limit) && b.Closed:
		return impl.ErrClosed
	case growth && b.Limit > 0 && n > b.Limit-b.Held:
		return impl.ErrAccountLimit
	case (op == Release || op == RollBack) && n > b.Held:
		return impl.OverRelease{Released: n, Held: b.Held}
	}
	return nil
}
