using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>Writes a model of any kinds of tables as plain float32 matrices, under the names of facebookresearch/dlrm: what other programs load.</summary>
/// <remarks>
/// <code>
/// emb_l.T.weight   (rows, dim)           table T, rebuilt in blocks of rows: no table is ever whole in memory
/// bot_l.2K.weight  (outputs, inputs)     layer K of the bottom MLP, bot_l.2K.bias (outputs); top_l likewise; interaction: lower triangle
/// </code>
/// </remarks>
public static class DenseExport
{
    private const int BlockRows = 1 << 13;

    /// <summary>Writes one safetensors file.</summary>
    /// <param name="stream">Receives the bytes.</param>
    /// <param name="model">The model; its means are written.</param>
    /// <param name="progress">Receives the share done, or null.</param>
    public static void WriteSafetensors(Stream stream, DlrmModel model, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (string Name, long[] Shape, IRowSource Rows)[] tensors = [.. Tensors(model)];
        List<SafetensorsEntry> entries = [];
        long offset = 0;
        foreach ((string name, long[] shape, _) in tensors)
        {
            long bytes = shape.Aggregate(1L, (product, size) => product * size) * sizeof(float);
            entries.Add(new SafetensorsEntry(name, "F32", shape, offset, offset + bytes));
            offset += bytes;
        }

        stream.Write(SafetensorsHeader.Build(entries, new Dictionary<string, string> { ["naming"] = "facebookresearch/dlrm" }));
        long done = 0;
        foreach ((_, _, IRowSource rows) in tensors)
        {
            WriteRows(stream, rows, bytes => progress?.Invoke((double)(done += bytes) / offset));
        }
    }

    /// <summary>Writes one .npy file for each matrix and bias.</summary>
    /// <param name="open">Opens a file by its name, "emb_l.0.weight.npy".</param>
    /// <param name="model">The model; its means are written.</param>
    /// <param name="progress">Receives the share done, or null.</param>
    public static void WriteNpy(Func<string, Stream> open, DlrmModel model, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        (string Name, long[] Shape, IRowSource Rows)[] tensors = [.. Tensors(model)];
        long all = tensors.Sum(tensor => tensor.Rows.Rows * tensor.Rows.Columns * sizeof(float));
        long done = 0;
        foreach ((string name, long[] shape, IRowSource rows) in tensors)
        {
            using Stream stream = open(name + ".npy");
            string sizes = string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture))) + (shape.Length == 1 ? "," : string.Empty);
            string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}";
            int length = (header.Length + 1 + 10 + 63) / 64 * 64;
            stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)((length - 10) & 255), (byte)((length - 10) >> 8)]);
            stream.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 11) + "\n"));
            WriteRows(stream, rows, bytes => progress?.Invoke((double)(done += bytes) / all));
        }
    }

    private static IEnumerable<(string Name, long[] Shape, IRowSource Rows)> Tensors(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.UseMeans();
        for (int t = 0; t < model.Bags.Count; t++)
        {
            BagRows rows = new(model.Bags[t], model.Device);
            yield return ($"emb_l.{t}.weight", [rows.Rows, rows.Columns], rows);
        }

        foreach ((string tower, IReadOnlyList<ILinearLayer> layers) in new[] { ("bot_l", model.Bottom?.Layers ?? []), ("top_l", model.Top.Layers) })
        {
            for (int k = 0; k < layers.Count; k++)
            {
                (float[] weight, float[] bias) = LayerNumbers.Of(layers[k], model.Device);
                yield return ($"{tower}.{2 * k}.weight", [bias.Length, weight.Length / bias.Length], new ArrayRows(weight, weight.Length / bias.Length));
                yield return ($"{tower}.{2 * k}.bias", [bias.Length], new ArrayRows(bias, 1));
            }
        }
    }

    private static void WriteRows(Stream stream, IRowSource rows, Action<long> written)
    {
        float[] block = new float[Math.Min(BlockRows, rows.Rows) * rows.Columns];
        for (long row = 0; row < rows.Rows; row += BlockRows)
        {
            int count = (int)Math.Min(BlockRows, rows.Rows - row);
            Span<float> values = block.AsSpan(0, count * rows.Columns);
            rows.Read(row, count, values);
            stream.Write(MemoryMarshal.AsBytes(values));
            written(values.Length * (long)sizeof(float));
        }
    }
}
