package workload

import "testing"

// However often the others call, a client that does not return sees 127 changes begin and no more.
func TestPace(t *testing.T) {
	p := NewPace(3)
	changes := func(upTo int) (n int) {
		for range upTo {
			p.Call(1)
			if p.Change() {
				n++
			}
		}
		return n
	}
	p.End(2) // is not waited for
	for _, before := range []int{0, 1, 50, 126, 127} {
		p.Call(0)
		if n := changes(before); n != before {
			t.Errorf("%d changes, want %d: client 0 has returned", n, before)
		}
		p.Call(0)
		if n := changes(1000); n != 127 {
			t.Errorf("%d changes begin during one call, after %d before it, want 127", n, before)
		}
	}
}
