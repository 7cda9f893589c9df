using System.Globalization;

namespace Dlrm.Weights.Tests.Support;

/// <summary>A line of a .tensors.tsv file: what an independent reader found in a checkpoint.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">NumPy's name of its element type.</param>
/// <param name="Shape">"27x4", or "scalar".</param>
/// <param name="Sha256">Of the contiguous little-endian elements.</param>
/// <param name="First">The first three elements, as %.8g writes them; empty for integers.</param>
internal sealed record ExpectedTensor(string Name, string Type, string Shape, string Sha256, string First)
{
    internal static ExpectedTensor[] ReadAll(string path) =>
        [.. File.ReadLines(path).Skip(1).Select(static line => line.Split('\t')).Select(static parts => new ExpectedTensor(parts[0], parts[1], parts[2], parts[3], parts[4]))];

    internal static ExpectedTensor Of(StoredTensor tensor)
    {
        string type = tensor.Type switch
        {
            ElementType.Float32 => "<f4",
            ElementType.Float64 => "<f8",
            ElementType.Int64 => "<i8",
            ElementType.UInt8 => "|u1",
            ElementType other => other.ToString(),
        };
        string shape = tensor.Shape.Count == 0 ? "scalar" : string.Join("x", tensor.Shape);
        return new ExpectedTensor(tensor.Name, type, shape, tensor.Sha256(), First3(tensor));
    }

    private static string First3(StoredTensor tensor)
    {
        if (tensor.Type != ElementType.Float32)
        {
            return string.Empty;
        }

        long rows = Math.Min(tensor.Rows, 3);
        float[] values = new float[rows * tensor.Columns];
        tensor.ReadRows(0, values);
        return string.Join(' ', values.Take(3).Select(static value => ((double)value).ToString("G8", CultureInfo.InvariantCulture)));
    }
}
