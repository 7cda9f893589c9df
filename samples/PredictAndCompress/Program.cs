// Uses a trained model, and a compressed table alone, from a program of one's own:
//   dotnet run --project samples/PredictAndCompress -- runs/first
using System.Globalization;
using Dlrm;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 1)
{
    Console.Error.WriteLine("usage: PredictAndCompress <run or model folder>");
    return 2;
}

// 1. A model that 'dlrm train' or 'dlrm compress' wrote: raw values by the names of their features, as they stand in the data.
using DlrmModel model = DlrmModel.Load(args[0]);
Dictionary<string, string?> first = model.Inputs.Names.ToDictionary(name => name, _ => (string?)"3");
Dictionary<string, string?> second = new(first) { [model.Inputs.Names[0]] = "7" };
float[] probabilities = model.Predict([first, second]);
Console.WriteLine($"raw rows: {string.Join(' ', probabilities)}");

// 2. The same from dense values and ids, as the model is fed: here of three samples, row-major.
float[] dense = new float[3 * model.Inputs.DenseFeatures];
long[] ids = new long[3 * model.Inputs.Names.Count];
Console.WriteLine($"ids: {string.Join(' ', model.Predict(dense, ids))}");

// 3. A table alone: any float matrix as a TT-matrix, looked up in bags, in a file.
float[] matrix = [.. Enumerable.Range(0, 10_000 * 16).Select(i => MathF.Sin((1 + (i / 16)) * 1e-3f * (1 + (i % 16))))];
using TtmEmbeddingBag table = TtmEmbeddingBag.FromMatrix(matrix, embeddingDim: 16, maxRank: 64, PoolingType.Sum, relativeError: 0.01);
float[] row = table.LookUp(1234);
Console.WriteLine($"table: {matrix.Length * sizeof(float)} -> {table.Bytes} bytes, row 1234 off by {matrix.AsSpan(1234 * 16, 16).ToArray().Zip(row, (a, b) => MathF.Abs(a - b)).Max():F4} at most");
float[] sums = table.LookUp(indices: [1, 2, 3, 9_999], offsets: [0, 3, 4]);
string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
table.Save(file, StorageType.Float16);
using TtmEmbeddingBag loaded = TtmFiles.Load(file, PoolingType.Sum);
Console.WriteLine($"loaded: {sums.Length / 16} bags, {new FileInfo(file).Length} bytes in the file");
File.Delete(file);
return 0;
