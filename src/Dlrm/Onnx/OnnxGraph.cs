using System.Globalization;

namespace Dlrm.Onnx;

/// <summary>Collects the nodes, constants, inputs and outputs of a graph, and writes the file.</summary>
/// <remarks>
/// <para>Numbers are streamed. Protocol buffers end at 2 GiB: above <see cref="MostInlineBytes"/>, constants of a kilobyte and more go to a second file.</para>
/// <para>Field numbers: onnx.proto of ONNX 1.12 (IR version 8, operator set 17).</para>
/// </remarks>
internal sealed class OnnxGraph
{
    private const int IrVersion = 8;
    private const int OperatorSet = 17;
    private const int SmallestExternal = 1024;
    private const int Alignment = 4096;

    private readonly ProtoWriter _nodes = new();
    private readonly ProtoWriter _ends = new();
    private readonly List<OnnxTensor> _tensors = [];
    private readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = [];
    private int _values;

    /// <summary>Gets the bytes of constants up to which everything is in one file.</summary>
    internal long MostInlineBytes { get; init; } = 2_000_000_000;

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">"MatMul".</param>
    /// <param name="inputs">The names of its inputs.</param>
    /// <param name="attributes">Names and values: long, long[] or string.</param>
    /// <returns>The name of the output.</returns>
    internal string Node(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = string.Create(CultureInfo.InvariantCulture, $"{operation}_{_values++}");
        AddNode(operation, inputs, output, attributes);
        return output;
    }

    /// <summary>Adds a constant.</summary>
    /// <param name="tensor">The constant; one of the same name is taken to be the same.</param>
    /// <returns>Its name.</returns>
    internal string Constant(OnnxTensor tensor)
    {
        if (_constants.Add(tensor.Name))
        {
            _tensors.Add(tensor);
        }

        return tensor.Name;
    }

    /// <summary>Adds a vector of integers.</summary>
    /// <param name="values">The integers.</param>
    /// <returns>Its name.</returns>
    internal string Vector(params long[] values) => Constant(OnnxTensor.Of("vector_" + Words(values), OnnxType.Int64, [values.Length], values));

    /// <summary>Adds an integer without dimensions.</summary>
    /// <param name="value">The integer.</param>
    /// <returns>Its name.</returns>
    internal string Scalar(long value) => Constant(OnnxTensor.Of("scalar_" + Words([value]), OnnxType.Int64, [], new[] { value }));

    /// <summary>Adds a number without dimensions.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its name.</returns>
    internal string Number(float value) =>
        Constant(OnnxTensor.Of(string.Create(CultureInfo.InvariantCulture, $"number_{value}"), OnnxType.Float, [], new[] { value }));

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="dimensions">Its shape: numbers, or names of sizes that a call chooses.</param>
    /// <returns>Its name.</returns>
    internal string Input(string name, OnnxType type, params string[] dimensions)
    {
        _ends.Message(11, Value(name, type, dimensions));
        return name;
    }

    /// <summary>Names a value as an output.</summary>
    /// <param name="name">The output's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="dimensions">Its shape.</param>
    internal void Output(string name, string value, params string[] dimensions)
    {
        AddNode("Identity", [value], name);
        _ends.Message(12, Value(name, OnnxType.Float, dimensions));
    }

    /// <summary>Adds a text for readers of the file.</summary>
    /// <param name="key">What it says.</param>
    /// <param name="value">The text.</param>
    internal void Metadata(string key, string value) => _metadata[key] = value;

    /// <summary>Writes the file.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="dataName">The name of the second file, as the first one will name it.</param>
    /// <param name="openData">Opens the second file, when there is one.</param>
    /// <param name="progress">Receives the share written, or null.</param>
    internal void Save(Stream stream, string dataName, Func<Stream> openData, Action<double>? progress)
    {
        long all = Math.Max(1, _tensors.Sum(static tensor => tensor.Bytes));
        bool isSplit = all > MostInlineBytes;
        long place = 0;
        (OnnxTensor Tensor, ProtoWriter Header, long Begin)[] parts =
        [
            .. _tensors.Select(tensor =>
            {
                if (!isSplit || tensor.Bytes < SmallestExternal)
                {
                    return (tensor, Header(tensor).Announce(9, tensor.Bytes), -1);
                }

                long begin = (place + Alignment - 1) / Alignment * Alignment;
                place = begin + tensor.Bytes;
                return (tensor, Header(tensor).Message(13, Pair("location", dataName)).Message(13, Pair("offset", Words([begin]))).Message(13, Pair("length", Words([tensor.Bytes]))).Integer(14, 1), begin);
            }),
        ];
        ProtoWriter name = new ProtoWriter().Text(2, "dlrm");
        long done = 0;
        ProtoWriter[] starts = [.. parts.Select(part => new ProtoWriter().Announce(5, part.Header.Bytes.Length + (part.Begin < 0 ? part.Tensor.Bytes : 0)))];
        long length = _nodes.Bytes.Length + name.Bytes.Length + _ends.Bytes.Length
            + parts.Select((part, i) => starts[i].Bytes.Length + part.Header.Bytes.Length + (part.Begin < 0 ? part.Tensor.Bytes : 0)).Sum();
        stream.Write(Model().Announce(7, length).Bytes);
        stream.Write(_nodes.Bytes);
        stream.Write(name.Bytes);
        for (int i = 0; i < parts.Length; i++)
        {
            stream.Write(starts[i].Bytes);
            stream.Write(parts[i].Header.Bytes);
            if (parts[i].Begin < 0)
            {
                parts[i].Tensor.Write(stream);
                progress?.Invoke((double)(done += parts[i].Tensor.Bytes) / all);
            }
        }

        stream.Write(_ends.Bytes);
        if (!isSplit)
        {
            return;
        }

        using Stream data = openData();
        foreach ((OnnxTensor tensor, _, long begin) in parts.Where(static part => part.Begin >= 0))
        {
            data.SetLength(begin);
            data.Position = begin;
            tensor.Write(data);
            progress?.Invoke((double)(done += tensor.Bytes) / all);
        }
    }

    private static string Words(IEnumerable<long> values) => string.Join('_', values.Select(static value => value.ToString(CultureInfo.InvariantCulture)));

    private static ProtoWriter Header(OnnxTensor tensor) => new ProtoWriter().Integers(1, tensor.Dimensions).Integer(2, (int)tensor.Type).Text(8, tensor.Name);

    private static ProtoWriter Pair(string key, string value) => new ProtoWriter().Text(1, key).Text(2, value);

    private static ProtoWriter Value(string name, OnnxType type, string[] dimensions)
    {
        ProtoWriter shape = new();
        foreach (string dimension in dimensions)
        {
            shape.Message(1, long.TryParse(dimension, CultureInfo.InvariantCulture, out long size) ? new ProtoWriter().Integer(1, size) : new ProtoWriter().Text(2, dimension));
        }

        ProtoWriter tensor = new ProtoWriter().Integer(1, (int)type).Message(2, shape);
        return new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, tensor));
    }

    private ProtoWriter Model()
    {
        ProtoWriter model = new ProtoWriter().Integer(1, IrVersion).Text(2, "dlrm").Text(3, typeof(OnnxGraph).Assembly.GetName().Version!.ToString(3));
        model.Message(8, new ProtoWriter().Text(1, string.Empty).Integer(2, OperatorSet));
        foreach ((string key, string value) in _metadata)
        {
            model.Message(14, Pair(key, value));
        }

        return model;
    }

    private void AddNode(string operation, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        ProtoWriter node = new();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, output).Text(3, "node_" + output).Text(4, operation);
        foreach ((string name, object value) in attributes)
        {
            ProtoWriter attribute = new ProtoWriter().Text(1, name);
            node.Message(5, value switch
            {
                long number => attribute.Integer(3, number).Integer(20, 2),
                string text => attribute.Text(4, text).Integer(20, 3),
                long[] numbers => attribute.Integers(8, numbers).Integer(20, 7),
                _ => throw new ArgumentException($"Attribute '{name}' has a value of {value.GetType().Name}; long, long[] or string are known.", nameof(attributes)),
            });
        }

        _nodes.Message(1, node);
    }
}
