package fuzz

// An op is a command of a seed: its first two bytes, byte 0 in the low bits, and then its sizes.
type op [3]int

// join returns the input that consists of head and ops, of so many bytes each.
func join(head []byte, width int, ops []op) []byte {
	b := head
	for _, o := range ops {
		b = append(b, []byte{byte(o[0]), byte(o[0] >> 8), byte(o[1]), byte(o[2])}[:width]...)
	}
	return b
}
