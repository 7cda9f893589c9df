using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Dlrm.Weights.Tests.Support;

/// <summary>Writes pickles operation by operation, sensible ones and hostile ones.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    internal byte[] Bytes => _bytes.WrittenSpan.ToArray();

    internal static byte[] Of(Action<PickleWriter> write)
    {
        PickleWriter writer = new();
        writer.Raw(0x80, 2);
        write(writer);
        writer.Raw((byte)'.');
        return writer.Bytes;
    }

    internal PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    internal PickleWriter Op(char operation) => Raw((byte)operation);

    internal PickleWriter Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Op('X').Raw(length).Raw(utf8);
    }

    internal PickleWriter Number(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    internal PickleWriter Global(string module, string name) => Op('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    internal PickleWriter Tuple(params ReadOnlySpan<long> values)
    {
        Op('(');
        foreach (long value in values)
        {
            Number(value);
        }

        return Op('t');
    }

    /// <summary>Calls a global with arguments that are pushed by <paramref name="arguments"/>.</summary>
    internal PickleWriter Call(string module, string name, Action<PickleWriter> arguments)
    {
        Global(module, name).Op('(');
        arguments(this);
        return Op('t').Op('R');
    }

    /// <summary>Writes {key: value, …} as an OrderedDict.</summary>
    internal PickleWriter Dictionary(params (string Key, Action<PickleWriter> Value)[] items)
    {
        Global("collections", "OrderedDict").Op(')').Op('R').Op('(');
        foreach ((string key, Action<PickleWriter> value) in items)
        {
            Text(key);
            value(this);
        }

        return Op('u');
    }

    internal PickleWriter Storage(string key, long elements, string type = "FloatStorage", bool isLegacy = false)
    {
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(elements);
        return (isLegacy ? Op('N') : this).Op('t').Op('Q');
    }

    /// <summary>Writes a tensor that is all of a storage's contiguous elements, or any other view of it.</summary>
    internal PickleWriter Tensor(string key, long elements, long offset, long[] shape, long[] strides, string type = "FloatStorage", bool isLegacy = false) =>
        Call("torch._utils", "_rebuild_tensor_v2", pickle => pickle.Storage(key, elements, type, isLegacy).Number(offset).Tuple(shape).Tuple(strides)
            .Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R'));
}
