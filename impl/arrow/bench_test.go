package arrowmem_test

import (
	"fmt"
	"testing"

	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// allocators are Arrow's default one, and ours over each backend, under a limit that is far.
func allocators(b *testing.B, f func(b *testing.B, mem memory.Allocator)) {
	b.Run("impl=default", func(b *testing.B) { f(b, memory.NewGoAllocator()) })
	for _, backend := range backends {
		b.Run("impl="+backend.name, func(b *testing.B) {
			_, _, mem := limited(b, 1<<40, backend.Backend)
			f(b, mem)
			mem.AssertSize(b, 0)
		})
	}
}

// A block is made and freed, by one goroutine and by many of one query.
func BenchmarkAllocate(b *testing.B) {
	for _, size := range []int{64, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			b.Run("goroutines=1", func(b *testing.B) {
				allocators(b, func(b *testing.B, mem memory.Allocator) {
					b.ReportAllocs()
					for b.Loop() {
						mem.Free(mem.Allocate(size))
					}
				})
			})
			b.Run("goroutines=parallel", func(b *testing.B) {
				allocators(b, func(b *testing.B, mem memory.Allocator) {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							mem.Free(mem.Allocate(size))
						}
					})
				})
			})
		})
	}
}

// An array of so many values is built by Append, and released.
func BenchmarkBuild(b *testing.B) {
	for _, rows := range []int{100, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			allocators(b, func(b *testing.B, mem memory.Allocator) {
				builder := array.NewInt64Builder(mem)
				defer builder.Release()
				b.ReportAllocs()
				for b.Loop() {
					for i := range rows {
						builder.Append(int64(i))
					}
					builder.NewArray().Release()
				}
			})
		})
	}
}

// A stream of two records of all types is read.
func BenchmarkRead(b *testing.B) {
	for _, codec := range codecs {
		_, data := stream(b, codec.opts...)
		b.Run("codec="+codec.name, func(b *testing.B) {
			allocators(b, func(b *testing.B, mem memory.Allocator) {
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					must(b, readStream(mem, data, func(arrow.RecordBatch) {}))
				}
			})
		})
	}
}

// A growth is refused, and the panic caught.
func BenchmarkRefusal(b *testing.B) {
	_, _, mem := limited(b, 1, arrowmem.Heap{})
	b.ReportAllocs()
	for b.Loop() {
		if arrowmem.Catch(func() error { mem.Allocate(64); return nil }) == nil {
			b.Fatal("granted")
		}
	}
}
