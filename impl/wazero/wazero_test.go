package wazeromem

import (
	"errors"
	"sync/atomic"
	"testing"

	"casalloc/impl"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Types that have what this package needs of wazero's, and no more.
type (
	closable struct{ api.Module }
	engine   interface{ MemoryGrown() }
	memorys  struct {
		Buffer    []byte
		Max       uint32
		expBuffer experimental.LinearMemory
	}
	whole struct {
		closable
		Closed         atomic.Uint64
		CloseNotifier  experimental.CloseNotifier
		CodeCloser     api.Closer
		Engine         engine
		MemoryInstance *memorys
	}
)

func (closable) FailIfClosed() error { return nil }

// A wazero that has something else, or has it elsewhere, is an error that says what is missing.
func TestUnknownWazero(t *testing.T) {
	if _, err := wazeroModuleOf(&whole{MemoryInstance: &memorys{expBuffer: nil}}); err != nil {
		t.Errorf("all is there: %v", err)
	}
	for what, mod := range map[string]api.Module{
		"no pointer":      whole{},
		"no FailIfClosed": &struct{ api.Module }{},
		"nothing":         &closable{},
		"a plain Closed": &struct {
			closable
			Closed uint64
		}{},
		"no CloseNotifier": &struct {
			closable
			Closed     atomic.Uint64
			CodeCloser api.Closer
		}{},
		"another CodeCloser": &struct {
			closable
			Closed        atomic.Uint64
			CloseNotifier experimental.CloseNotifier
			CodeCloser    any
		}{},
		"no MemoryGrown": &struct {
			closable
			Closed         atomic.Uint64
			CloseNotifier  experimental.CloseNotifier
			CodeCloser     api.Closer
			Engine         any
			MemoryInstance *memorys
		}{},
		"no Max": &struct {
			closable
			Closed         atomic.Uint64
			CloseNotifier  experimental.CloseNotifier
			CodeCloser     api.Closer
			Engine         engine
			MemoryInstance *struct{ Buffer []byte }
		}{},
		"another Buffer": &struct {
			closable
			Closed         atomic.Uint64
			CloseNotifier  experimental.CloseNotifier
			CodeCloser     api.Closer
			Engine         engine
			MemoryInstance *struct {
				Buffer []rune
				Max    uint32
			}
		}{},
	} {
		_, err := wazeroModuleOf(mod)
		if _, ok := errors.AsType[layoutError](err); !ok {
			t.Errorf("%s: %v, want what is missing", what, err)
		}
	}

	r := wazero.NewRuntime(t.Context())
	defer r.Close(t.Context())
	compiled, err := r.CompileModule(t.Context(), []byte("\x00asm\x01\x00\x00\x00"))
	if err != nil {
		t.Fatal(err)
	}
	type wrapped struct{ wazero.CompiledModule }
	type configured struct{ wazero.ModuleConfig }
	a := New(impl.NewBudget(), impl.Heap{})
	for _, err := range []error{
		second(a.Instantiate(t.Context(), r, &wrapped{compiled}, wazero.NewModuleConfig())),
		second(a.Instantiate(t.Context(), r, compiled, configured{wazero.NewModuleConfig()})),
	} {
		if _, ok := errors.AsType[layoutError](err); !ok {
			t.Errorf("Instantiate returns %v, want what is missing", err)
		}
	}
}

func second[A any](_ A, err error) error { return err }
