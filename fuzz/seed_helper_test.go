package fuzz

// An op is a command of a seed: its first two bytes, byte 0 in the low bits, and then its sizes.
type op [3]int

// join returns the input that consists of head and ops. The opcode, in the low bits of byte 0, says
// how many bytes of an op there are.
func join(head []byte, width func(code int) int, ops []op) []byte {
	b := head
	for _, o := range ops {
		b = append(b, []byte{byte(o[0]), byte(o[0] >> 8), byte(o[1]), byte(o[2])}[:width(o[0]&15)]...)
	}
	return b
}
