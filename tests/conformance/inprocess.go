// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// InProcess drives package module. A C function is the method of its name, with
// the C parameters taken from the types of the method's: a handle, number or
// flags is one argument; bytes, a template or an output buffer is a pointer and
// a length. Where C would pass NULL it asks the module for its answer to bad
// arguments, as the C layer does. Functions whose parameters are not in that
// order are in byHand.
type InProcess struct{ *module.Module }

// Thread returns the module itself: its methods may be called from anywhere.
func (d InProcess) Thread() Driver { return d }

// Call implements Driver.
func (d InProcess) Call(name string, args ...any) ck.RV {
	c := &call{d.Module, name, args}
	if f := byHand[name]; f != nil {
		return module.RVOf(f(c))
	}
	method := reflect.ValueOf(d.Module).MethodByName(strings.TrimPrefix(name, "C_"))
	if !method.IsValid() {
		for _, f := range Functions() {
			if f.Name == name && f.Kind == "UNSUPPORTED" {
				return module.RVOf(d.UnsupportedIn(c.session()))
			}
		}
		panic("conformance: " + name + " cannot be called in process")
	}
	return module.RVOf(c.through(method))
}

// call is a call with its arguments.
type call struct {
	*module.Module
	name string
	args []any
}

// parameter converts the argument i to a type of package module, and returns
// how many arguments that took. It is not ok where a pointer is NULL that must
// not be.
func (c *call) parameter(i int, t reflect.Type) (v any, n int, ok bool) {
	switch reflect.Zero(t).Interface().(type) {
	case []byte:
		v, ok = c.bytes(i)
		return v, 2, ok
	case []module.Attribute:
		v, ok = c.template(i)
		return v, 2, ok
	case module.BufferSize:
		if c.null(i + 1) {
			return module.SizeQuery, 2, false
		}
		return c.room(i), 2, true
	case *module.Mechanism:
		return c.mechanism(i), 1, true
	}
	return reflect.ValueOf(c.word(i)).Convert(t).Interface(), 1, true
}

// through calls a method.
func (c *call) through(method reflect.Value) error {
	t, i, output, good := method.Type(), 0, 0, true
	var in []reflect.Value
	for p := range t.NumIn() {
		v, n, ok := c.parameter(i, t.In(p))
		if _, isSize := v.(module.BufferSize); isSize {
			output = i
		}
		in = append(in, reflect.ValueOf(v))
		i, good = i+n, good && ok
	}
	last := len(c.args) - 1
	if t.NumOut() == 2 && c.null(last) || !good {
		return c.bad()
	}
	out := method.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	if len(out) == 1 {
		return err
	}
	switch result := out[0].Interface().(type) {
	case module.Output:
		return c.deliver(output, result, err)
	case []ck.MechanismType:
		if err == nil {
			err = list(c, i, result)
		}
	default: // a structure, a handle or a size
		switch {
		case err != nil:
		case out[0].Kind() == reflect.Struct:
			fill(reflect.ValueOf(c.args[last]).Elem(), out[0])
		default:
			c.set(last, uint(out[0].Uint()))
		}
	}
	return err
}

// bad is the answer to pointers that are NULL and must not be. It ends the
// operation that the function belongs to.
func (c *call) bad() error {
	if slices.Contains([]string{"C_GetInfo", "C_GetSlotInfo", "C_GetTokenInfo", "C_GetMechanismInfo", "C_GetMechanismList", "C_OpenSession"}, c.name) {
		return c.BadArguments() // they have no session
	}
	var end []module.Operation
	for prefix, op := range map[string]module.Operation{"C_Encrypt": module.OpEncrypt, "C_Decrypt": module.OpDecrypt,
		"C_Digest": module.OpDigest, "C_Sign": module.OpSign, "C_Verify": module.OpVerify} {
		if strings.HasPrefix(c.name, prefix) && !strings.HasSuffix(c.name, "Init") {
			end = append(end, op)
		}
	}
	return c.BadArgumentsIn(c.session(), end...)
}

func (c *call) word(i int) uint {
	w, ok := word(c.args[i])
	if !ok {
		panic(bad(c.name, i, c.args[i]))
	}
	return uint(w)
}

func (c *call) null(i int) bool           { return isNull(c.args[i]) }
func (c *call) session() ck.SessionHandle { return ck.SessionHandle(c.word(0)) }
func (c *call) slot() ck.SlotID           { return ck.SlotID(c.word(0)) }

// bytes is an input with its length in the next argument: nil for NULL, which
// must have no length.
func (c *call) bytes(i int) ([]byte, bool) {
	n := c.word(i + 1)
	if c.null(i) {
		return nil, n == 0
	}
	return append([]byte{}, c.args[i].([]byte)[:n]...), true
}

// at is the number that an argument points to.
func (c *call) at(i int) uint { return uint(reflect.ValueOf(c.args[i]).Elem().Uint()) }

func (c *call) set(i int, v uint) { reflect.ValueOf(c.args[i]).Elem().SetUint(uint64(v)) }

// room is the output in argument i with its length in the next one.
func (c *call) room(i int) module.BufferSize {
	if c.null(i) {
		return module.SizeQuery
	}
	return module.BufferSize(c.at(i + 1))
}

func (c *call) deliver(i int, out module.Output, err error) error {
	if err == nil || module.RVOf(err) == ck.CKR_BUFFER_TOO_SMALL {
		c.set(i+1, out.Len)
	}
	if err == nil && !c.null(i) {
		copy(c.args[i].([]byte), out.Data)
	}
	return err
}

// list delivers numbers with their count in the next argument.
func list[T ~uint](c *call, i int, values []T) error {
	space := c.at(i + 1)
	c.set(i+1, uint(len(values)))
	if c.null(i) {
		return nil
	}
	if space < uint(len(values)) {
		return ck.CKR_BUFFER_TOO_SMALL
	}
	copy(c.args[i].([]T), values)
	return nil
}

func (c *call) template(i int) ([]module.Attribute, bool) {
	n := c.word(i + 1)
	if c.null(i) {
		return nil, n == 0
	}
	var all []module.Attribute
	for _, a := range c.args[i].(Template)[:n] {
		if a.Value == nil && a.Len > 0 {
			return nil, false
		}
		all = append(all, module.Attribute{Type: a.Type, Value: append([]byte{}, a.Value[:a.Len]...)})
	}
	return all, true
}

func (c *call) mechanism(i int) *module.Mechanism {
	if c.null(i) {
		return nil
	}
	m := c.args[i].(*Mechanism)
	out := &module.Mechanism{Type: m.Type, Param: module.BadParam{}}
	kind := module.ParamKindOf(m.Type)
	switch p := m.Param.(type) {
	case nil:
		if kind == module.ParamNone {
			out.Param = nil
		}
	case PSS:
		if kind == module.ParamPSS {
			out.Param = module.PSSParams{Hash: p.Hash, MGF: p.MGF, SaltLen: p.Salt}
		}
	case OAEP:
		if kind == module.ParamOAEP {
			out.Param = module.OAEPParams{Hash: p.Hash, MGF: p.MGF, Source: p.Source}
		}
	}
	return out
}

// fill fills a structure of the standard from one of package module, by the
// names of its members, as the C layer does: texts are padded with blanks.
func fill(structure, from reflect.Value) {
	for i := range structure.NumField() {
		member, value := structure.Field(i), from.FieldByName(structure.Type().Field(i).Name)
		member.SetZero()
		if n := member.Type(); n.Kind() == reflect.Array && n.Len() > 2 {
			text := strings.Repeat(" ", n.Len())
			if value.IsValid() {
				text = value.String() + text[value.Len():]
			}
			reflect.Copy(member, reflect.ValueOf([]byte(text)))
			continue
		}
		switch {
		case !value.IsValid():
		case value.CanUint():
			member.SetUint(value.Uint())
		default:
			v := value.Interface().(module.Version)
			member.Set(reflect.ValueOf([2]byte{v.Major, v.Minor}))
		}
	}
}

const readerName = "Conformance Reader 00 00"

// inMemory is the environment in process.
type inMemory struct{ service *simreader.Service }

func (w inMemory) Insert(c *simcard.Card) { w.service.Insert(readerName, c) }
func (w inMemory) Remove()                { w.service.Remove(readerName) }
func (w inMemory) ResetByOther()          { w.service.ResetByOther(readerName) }
func (w inMemory) AddReader() bool {
	w.service.AddReader("Conformance Reader 01 00")
	return true
}

// FamilyFor is the family that an item runs on: one with a signature key
// where it wants one.
func FamilyFor(it Item, f simcard.Family) simcard.Family {
	if it.Card == Signature {
		return simcard.FamilyB1
	}
	return f
}

// RunInProcess runs an item on package module.
func RunInProcess(t *testing.T, it Item, f simcard.Family) {
	f = FamilyFor(it, f)
	newCard := func() *simcard.Card {
		card, err := NewCard(f, it.Card)
		require.NoError(t, err)
		return card
	}
	w := inMemory{simreader.NewService(readerName)}
	x := &X{T: t, Reader: w, Card: newCard(), Family: f, NewCard: newCard}
	m := module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return w.service.Transport(), nil }})
	t.Cleanup(func() { _ = m.Finalize() })
	w.Insert(x.Card)
	x.D = InProcess{m}
	it.Run(x)
}
