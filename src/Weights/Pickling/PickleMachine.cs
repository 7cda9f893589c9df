using System.Globalization;
using System.Numerics;

namespace Dlrm.Weights.Pickling;

/// <summary>Reads one pickle, protocols 0 to 5, and executes nothing.</summary>
/// <remarks>
/// It is the stack machine of Python's pickletools with one difference: what would import and call only records (see <see cref="PickleConstructors"/>).
/// Operations, memory and the length of texts are limited by the budget of the file.
/// <para>Values: null, bool, long, BigInteger, double, string, byte[], <see cref="PickleTuple"/>, <see cref="PickleList"/>, <see cref="PickleObject"/>,
/// <see cref="PickleGlobal"/>, <see cref="PickleStorage"/>, <see cref="PickleTensor"/>.</para>
/// </remarks>
internal sealed class PickleMachine
{
    private const int MostProtocol = 5;
    private const int MemoBytes = 64;
    private const int ObjectBytes = 72;
    private const int PairBytes = 32;

    private static readonly object True = true;
    private static readonly object False = false;

    private readonly PickleInput _input;
    private readonly OpaqueRegistry _opaque;
    private readonly PickleStack _stack;
    private readonly Dictionary<uint, object?> _memo = [];

    private PickleMachine(PickleInput input, OpaqueRegistry opaque)
    {
        _input = input;
        _opaque = opaque;
        _stack = new PickleStack(input);
    }

    /// <summary>Reads the next pickle of a stream.</summary>
    /// <param name="input">The stream; stands behind the pickle afterwards.</param>
    /// <param name="opaque">Counts what is not on the allow-list.</param>
    /// <returns>The value.</returns>
    /// <exception cref="WeightFormatException">It is no pickle, or meets a limit.</exception>
    internal static object? Load(PickleInput input, OpaqueRegistry opaque)
    {
        PickleMachine machine = new(input, opaque);
        while (true)
        {
            input.Budget.Step();
            byte operation = input.ReadByte();
            if (operation == (byte)'.')
            {
                return machine._stack.Pop();
            }

            if (!machine.PushScalar(operation) && !machine.Build(operation) && !machine.Refer(operation))
            {
                throw input.Refuse($"operation 0x{operation:x2} is not known");
            }
        }
    }

    /// <summary>Numbers and texts.</summary>
    private bool PushScalar(byte operation)
    {
        object? value = operation switch
        {
            (byte)'N' => null,
            0x88 => True,
            0x89 => False,
            (byte)'K' => (object)Boxed((long)_input.ReadByte()),
            (byte)'M' => (object)Boxed((long)_input.ReadUInt16()),
            (byte)'J' => (object)Boxed((long)(int)_input.ReadUInt32()),
            (byte)'I' => PickleText.Integer(_input.ReadLine(), _input),
            (byte)'L' => PickleText.Integer(_input.ReadLine().TrimEnd('L'), _input),
            0x8a => PickleText.Narrow(new BigInteger(_input.ReadBytes(_input.ReadByte()))),
            0x8b => PickleText.Narrow(new BigInteger(_input.ReadBytes(_input.ReadUInt32()))),
            (byte)'G' => (object)Boxed(_input.ReadDouble()),
            (byte)'F' => PickleText.Double(_input.ReadLine(), _input),
            (byte)'S' => PickleText.Quoted(_input.ReadLine(), _input),
            (byte)'V' => PickleText.Escaped(_input.ReadLine()),
            (byte)'T' => _input.ReadText(_input.ReadUInt32()),
            (byte)'U' => _input.ReadText(_input.ReadByte()),
            (byte)'X' => _input.ReadText(_input.ReadUInt32()),
            0x8c => _input.ReadText(_input.ReadByte()),
            0x8d => _input.ReadText(_input.ReadUInt64()),
            (byte)'B' => _input.ReadBytes(_input.ReadUInt32()),
            (byte)'C' => _input.ReadBytes(_input.ReadByte()),
            0x8e or 0x96 => _input.ReadBytes(_input.ReadUInt64()),
            _ => _opaque,
        };
        if (ReferenceEquals(value, _opaque))
        {
            return false;
        }

        _stack.Push(value);
        return true;
    }

    /// <summary>Containers and the stack.</summary>
    private bool Build(byte operation)
    {
        switch (operation)
        {
            case (byte)'(':
                _stack.Mark();
                break;
            case (byte)'0':
                _stack.Drop();
                break;
            case (byte)'1':
                _ = _stack.PopToMark();
                break;
            case (byte)'2':
                _stack.Push(_stack.Peek());
                break;
            case (byte)')' or 0x85 or 0x86 or 0x87:
                _stack.Push(Tuple(_stack.PopLast(operation == (byte)')' ? 0 : operation - 0x84)));
                break;
            case (byte)'t' or 0x91:
                _stack.Push(Tuple(_stack.PopToMark()));
                break;
            case (byte)']' or 0x8f:
                _input.Budget.Charge(ObjectBytes);
                _stack.Push(new PickleList());
                break;
            case (byte)'l':
                _input.Budget.Charge(ObjectBytes);
                _stack.Push(new PickleList { Items = [.. _stack.PopToMark()] });
                break;
            case (byte)'}' or (byte)'d':
                _input.Budget.Charge(ObjectBytes);
                PickleObject dictionary = new(null, isUnderstood: true);
                SetItems(dictionary, operation == (byte)'d' ? _stack.PopToMark() : []);
                _stack.Push(dictionary);
                break;
            case (byte)'a':
                object?[] item = _stack.PopLast(1);
                Append(_stack.Peek(), item);
                break;
            case (byte)'e' or 0x90:
                object?[] items = _stack.PopToMark();
                Append(_stack.Peek(), items);
                break;
            case (byte)'s':
                object?[] pair = _stack.PopLast(2);
                SetItems(_stack.Peek(), pair);
                break;
            case (byte)'u':
                object?[] pairs = _stack.PopToMark();
                SetItems(_stack.Peek(), pairs);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Names, calls that are only recorded, the memo, and what stands around a pickle.</summary>
    private bool Refer(byte operation)
    {
        switch (operation)
        {
            case 0x80:
                int protocol = _input.ReadByte();
                _ = protocol <= MostProtocol ? protocol : throw _input.Refuse($"its protocol is {protocol}; 0 to {MostProtocol} are known");
                break;
            case 0x95:
                _ = _input.ReadUInt64();
                break;
            case (byte)'c':
                _stack.Push(Global(_input.ReadLine(), _input.ReadLine()));
                break;
            case 0x93:
                string last = _stack.Pop<string>();
                _stack.Push(Global(_stack.Pop<string>(), last));
                break;
            case 0x82 or 0x83 or 0x84:
                long code = operation == 0x82 ? _input.ReadByte() : operation == 0x83 ? _input.ReadUInt16() : _input.ReadUInt32();
                _stack.Push(Global("copyreg", $"extension {code}"));
                break;
            case (byte)'R':
                object? arguments = _stack.Pop();
                _stack.Push(PickleConstructors.Make(_stack.Pop(), arguments, _input, _opaque));
                break;
            case 0x81:
                arguments = _stack.Pop();
                _stack.Push(PickleConstructors.Make(_stack.Pop(), arguments, _input, _opaque));
                break;
            case 0x92:
                object? keywords = _stack.Pop();
                arguments = _stack.Pop();
                object made = PickleConstructors.Make(_stack.Pop(), arguments, _input, _opaque);
                SetState(made, keywords);
                _stack.Push(made);
                break;
            case (byte)'i':
                PickleGlobal type = Global(_input.ReadLine(), _input.ReadLine());
                _stack.Push(PickleConstructors.Make(type, Tuple(_stack.PopToMark()), _input, _opaque));
                break;
            case (byte)'o':
                object?[] values = _stack.PopToMark();
                _stack.Push(values.Length > 0
                    ? PickleConstructors.Make(values[0], Tuple(values[1..]), _input, _opaque)
                    : throw _input.Refuse("an object has no class"));
                break;
            case (byte)'b':
                object? state = _stack.Pop();
                SetState(_stack.Peek(), state);
                break;
            case (byte)'P':
                _stack.Push(PickleConstructors.Persistent(_input.ReadLine(), _input, _opaque));
                break;
            case (byte)'Q':
                _stack.Push(PickleConstructors.Persistent(_stack.Pop(), _input, _opaque));
                break;
            case (byte)'p':
                Memoize(PickleText.Index(_input.ReadLine(), _input));
                break;
            case (byte)'q':
                Memoize(_input.ReadByte());
                break;
            case (byte)'r':
                Memoize(_input.ReadUInt32());
                break;
            case 0x94:
                Memoize((uint)_memo.Count);
                break;
            case (byte)'g':
                Recall(PickleText.Index(_input.ReadLine(), _input));
                break;
            case (byte)'h':
                Recall(_input.ReadByte());
                break;
            case (byte)'j':
                Recall(_input.ReadUInt32());
                break;
            case 0x97 or 0x98:
                throw _input.Refuse("it needs buffers that are not in the file");
            default:
                return false;
        }

        return true;
    }

    private T Boxed<T>(T value)
        where T : struct
    {
        _input.Budget.Charge(24);
        return value;
    }

    private PickleTuple Tuple(object?[] items)
    {
        _input.Budget.Charge(24);
        return new PickleTuple(items);
    }

    private PickleGlobal Global(string module, string name)
    {
        _input.Budget.Charge(120 + (4L * (module.Length + name.Length)));
        PickleGlobal global = new($"{module}.{name}");
        if (!PickleConstructors.Knows(global.Name))
        {
            _opaque.Add(global.Name, 0);
        }

        return global;
    }

    private void Memoize(uint index)
    {
        _input.Budget.Charge(MemoBytes);
        _memo[index] = _stack.Peek();
    }

    private void Recall(uint index) =>
        _stack.Push(_memo.TryGetValue(index, out object? value) ? value : throw _input.Refuse($"entry {index.ToString(CultureInfo.InvariantCulture)} of its memo is used before it is set"));

    private void Append(object? target, ReadOnlySpan<object?> items)
    {
        _input.Budget.Charge(16L * items.Length);
        List<object?> list = target switch
        {
            PickleList { } found => found.Items ??= [],
            PickleObject { } found => found.Items ??= [],
            _ => throw _input.Refuse("items are appended to something that has none"),
        };
        list.AddRange(items);
    }

    private void SetItems(object? target, ReadOnlySpan<object?> items)
    {
        if (target is not PickleObject found || items.Length % 2 != 0)
        {
            throw _input.Refuse("keys and values are set in something that has none, or do not pair up");
        }

        _input.Budget.Charge((long)PairBytes * items.Length / 2);
        for (int i = 0; i < items.Length; i += 2)
        {
            (found.Pairs ??= []).Add(KeyValuePair.Create(items[i], items[i + 1]));
        }
    }

    private static void SetState(object? target, object? state)
    {
        if (target is PickleObject found)
        {
            found.State = state;
        }
    }
}
