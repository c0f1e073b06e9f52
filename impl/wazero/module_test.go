package wazeromem_test

// A module is a wasm module to be written by hand: one memory, a function grow that is memory.grow,
// a function size that is memory.size, and what a test adds to that. Sizes are in pages of 64 KiB.
type module struct {
	min, max uint32
	shared   bool
	data     []uint32 // the address of each data segment, which is one byte
	start    []byte   // the body of a start function, without its end; nil: there is none
}

const (
	page = 64 << 10 // bytes

	unreachable = 0x00
	i32         = 0x7f
)

func (m module) binary() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, items ...[]byte) {
		body := leb(uint32(len(items)))
		for _, item := range items {
			body = append(body, item...)
		}
		b = append(append(append(b, id), leb(uint32(len(body)))...), body...)
	}
	code := func(body ...byte) []byte {
		f := append(append([]byte{0}, body...), 0x0b) // no locals; end
		return append(leb(uint32(len(f))), f...)
	}
	section(1, []byte{0x60, 1, i32, 1, i32}, []byte{0x60, 0, 1, i32}, []byte{0x60, 0, 0}) // types
	functions := [][]byte{{0}, {1}}
	bodies := [][]byte{code(0x20, 0, 0x40, 0), code(0x3f, 0)} // local.get 0, memory.grow; memory.size
	if m.start != nil {
		functions, bodies = append(functions, []byte{2}), append(bodies, code(m.start...))
	}
	section(3, functions...)
	flags := byte(1) // there is a maximum
	if m.shared {
		flags = 3
	}
	section(5, append(append([]byte{flags}, leb(m.min)...), leb(m.max)...))
	section(7, []byte("\x04grow\x00\x00"), []byte("\x04size\x00\x01"), []byte("\x06memory\x02\x00"))
	if m.start != nil {
		b = append(b, 8, 1, 2)
	}
	section(10, bodies...)
	var data [][]byte
	for _, at := range m.data {
		data = append(data, append(append([]byte{0, 0x41}, sleb(at)...), 0x0b, 1, 'x'))
	}
	if data != nil {
		section(11, data...)
	}
	return b
}

// leb is n as wasm has it, unsigned.
func leb(n uint32) []byte {
	var b []byte
	for ; n >= 1<<7; n >>= 7 {
		b = append(b, byte(n)|1<<7)
	}
	return append(b, byte(n))
}

// sleb is n < 1<<31 as wasm has it, signed.
func sleb(n uint32) []byte {
	var b []byte
	for ; n >= 1<<6; n >>= 7 {
		b = append(b, byte(n)&(1<<7-1)|1<<7)
	}
	return append(b, byte(n))
}
