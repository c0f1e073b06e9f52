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

// A like is a type that has fields of the names that this package needs of wazero's.
type like[Closed, CloseNotifier, CodeCloser, Engine, MemoryInstance any] struct {
	closable
	Closed         Closed
	CloseNotifier  CloseNotifier
	CodeCloser     CodeCloser
	Engine         Engine
	MemoryInstance MemoryInstance
}

// Types that have what this package needs, and no more.
type (
	closable struct{ api.Module }
	closed   = atomic.Uint64
	notifier = experimental.CloseNotifier
	closer   = api.Closer
	engine   interface{ MemoryGrown() }
	grown    struct {
		Buffer    []byte
		Max       uint32
		expBuffer experimental.LinearMemory
	}
)

func (closable) FailIfClosed() error { return nil }

// A wazero that has something else, or has it elsewhere, is an error that says what is missing.
func TestUnknownWazero(t *testing.T) {
	if _, err := wazeroModuleOf(&like[closed, notifier, closer, engine, *grown]{MemoryInstance: &grown{expBuffer: nil}}); err != nil {
		t.Errorf("all is there: %v", err)
	}
	for what, mod := range map[string]api.Module{
		"no pointer":            closable{},
		"no FailIfClosed":       &struct{ api.Module }{},
		"nothing":               &closable{},
		"a plain Closed":        &like[uint64, notifier, closer, engine, *grown]{},
		"another CloseNotifier": &like[closed, any, closer, engine, *grown]{},
		"another CodeCloser":    &like[closed, notifier, any, engine, *grown]{},
		"no MemoryGrown":        &like[closed, notifier, closer, any, *grown]{},
		"no Max":                &like[closed, notifier, closer, engine, *struct{ Buffer []byte }]{},
		"another Buffer": &like[closed, notifier, closer, engine, *struct {
			Buffer []rune
			Max    uint32
		}]{},
		"no expBuffer": &like[closed, notifier, closer, engine, *struct {
			Buffer []byte
			Max    uint32
		}]{},
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
