package impl_test

import (
	"testing"

	"casalloc/impl"
)

// However often an account is refilled, growth leaves it one batch of slack, 256 KiB, and not one batch more each time: the peak, which
// counts slack, overstates by no more. (Releases may double it.)
func TestSlackIsOneBatch(t *testing.T) {
	const batch = 256 << 10
	b := newBudget(t, impl.Enforcing, 1<<40, 0)
	a := b.NewAccount()
	var held int64
	for _, n := range []int64{1, 200 << 10, 100 << 10, batch - 1, batch, 3 * batch, 1, batch} {
		must(t, a.Reserve(n))
		held += n
	}
	if over := b.Stats().Peak - held; over < 0 || over > batch {
		t.Errorf("peak %d bytes above the %d held, want 0 to %d", over, held, batch)
	}
}
