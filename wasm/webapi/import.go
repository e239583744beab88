//go:build js && wasm

package webapi

import "github.com/hack-pad/safejs"

// Caps on what is copied out of JavaScript. Exact's answers have about a
// hundred values in two levels.
const (
	maxDepth  = 8
	maxValues = 20_000
)

// importer copies plain data to Go. budget is what it may still copy.
type importer struct {
	keys   safejs.Value // Object.keys
	array  safejs.Value // Array.isArray
	budget int
}

// Import copies a value to nil, bool, float64, string, []any or map[string]any.
// Whatever is too deep, too much or no data becomes nil. The value must be
// plain data, such as JSON.parse or a structured clone make: a getter that
// throws would unwind Go's frames. Members called "token" are left behind.
func (e *Environment) Import(value safejs.Value) any {
	i := importer{keys: e.keys, array: e.isArray, budget: maxValues}
	return i.value(value, 0)
}

func (i *importer) value(value safejs.Value, depth int) any {
	if i.budget--; i.budget < 0 || depth > maxDepth {
		return nil
	}
	switch typeOf(value) {
	case safejs.TypeBoolean:
		b, _ := value.Bool()
		return b
	case safejs.TypeNumber:
		f, _ := value.Float()
		return f
	case safejs.TypeString:
		s, _ := value.String()
		return s
	case safejs.TypeObject:
		if isArray, err := i.array.Invoke(value); err == nil && isArray.Equal(yes) {
			return i.list(value, depth)
		}
		return i.object(value, depth)
	}
	return nil
}

func (i *importer) list(value safejs.Value, depth int) any {
	length, err := value.Length()
	if err != nil {
		return nil
	}
	list := make([]any, 0, min(length, i.budget))
	for n := 0; n < length && i.budget > 0; n++ {
		element, err := value.Index(n)
		if err != nil {
			return nil
		}
		list = append(list, i.value(element, depth+1))
	}
	return list
}

func (i *importer) object(value safejs.Value, depth int) any {
	keys, err := i.keys.Invoke(value)
	if err != nil {
		return nil
	}
	length, err := keys.Length()
	if err != nil {
		return nil
	}
	object := make(map[string]any, min(length, i.budget))
	for n := 0; n < length && i.budget > 0; n++ {
		key, err := keys.Index(n)
		if err != nil {
			return nil
		}
		name, err := key.String()
		if err != nil {
			return nil
		}
		if name == "token" {
			continue // the host takes it out; if it ever did not, it still stays outside
		}
		member, err := value.Get(name)
		if err != nil {
			return nil
		}
		object[name] = i.value(member, depth+1)
	}
	return object
}

// typeOf is the value's type; safejs passes on syscall/js's panic at a BigInt,
// which is no type here.
func typeOf(value safejs.Value) (t safejs.Type) {
	defer func() {
		if recover() != nil {
			t = safejs.TypeUndefined
		}
	}()
	return value.Type()
}
