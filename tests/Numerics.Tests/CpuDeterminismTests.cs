using System.Runtime.InteropServices;
using Dlrm.Numerics.Cpu;
using Dlrm.Numerics.Tests.Parity;
using Dlrm.TestSupport;

namespace Dlrm.Numerics.Tests;

/// <summary>Same input, same bits, for every number of threads; and nothing allocated once warm.</summary>
public sealed class CpuDeterminismTests
{
    private const int Batch = 1100;
    private const int Count = 9;
    private const int Dim = 16;
    private const int Images = 64;
    private static readonly ImageShape Image = new(10, 10, 3);

    /// <summary>Name and operator, large enough for many pieces.</summary>
    public static TheoryData<string> Operators => [.. Cases.Keys];

    private static Dictionary<string, Action<Workbench>> Cases { get; } = new()
    {
        ["Gemm"] = w => w.Device.Gemm(w.X, false, w.W, true, w.Y, w.Bias, Activation.Relu),
        ["Gemm, Aᵀ·B"] = w => w.Device.Gemm(w.Y, true, w.X, false, w.W, accumulate: true),
        ["Gemm, A·B"] = w => w.Device.Gemm(w.Y, false, w.W, false, w.X),
        ["ActivationGradient"] = w => w.Device.ActivationGradient(Activation.Relu, w.X, w.X2),
        ["ColumnSums"] = w => w.Device.ColumnSums(w.X, w.Bias2),
        ["SigmoidCrossEntropy"] = w => w.Sum = w.Device.SigmoidCrossEntropy(w.Logits, w.Labels, w.Logits, w.LogitGradient, 0.1f),
        ["Sigmoid"] = w => w.Device.Sigmoid(w.X, w.X),
        ["SoftmaxCrossEntropy"] = w => w.Sum = w.Device.SoftmaxCrossEntropy(w.X, w.Classes, w.X2, 0.1f),
        ["CountCorrect"] = w => w.Sum = w.Device.CountCorrect(w.X, w.Classes),
        ["DotInteraction"] = w => w.Device.DotInteraction(w.Features, Count, Dim, w.Pairs),
        ["DotInteractionGradient"] = w => w.Device.DotInteractionGradient(w.Features, Count, Dim, w.Pairs, w.FeaturesGradient),
        ["Patches"] = w => w.Device.Patches(w.X.RowBlock(0, Images), Image, 3, 1, w.Patches),
        ["PatchesGradient"] = w => w.Device.PatchesGradient(w.Patches, Image, 3, 1, w.X.RowBlock(0, Images)),
        ["MaxPool"] = w => w.Device.MaxPool(w.X, Image, 2, w.Y.ColumnBlock(0, Image.Pooled(2).Length)),
        ["MaxPoolGradient"] = w => w.Device.MaxPoolGradient(w.X, Image, 2, w.Y.ColumnBlock(0, Image.Pooled(2).Length), w.Y.ColumnBlock(100, Image.Pooled(2).Length), w.X2),
        ["SumOfSquares"] = w => w.Sum = w.Device.SumOfSquares(w.X.Buffer),
        ["AddScaled"] = w => w.Device.AddScaled(w.X.Buffer, 0.3f, w.X2.Buffer),
        ["Fill"] = w => w.Device.Fill(w.X.Buffer, 2),
        ["FillNormal"] = w => w.Device.FillNormal(w.X.Buffer, new RandomStream(1, 2), 0.5f),
        ["FillUniform"] = w => w.Device.FillUniform(w.X.Buffer, new RandomStream(1, 2), 0.5f),
        ["FillUniformRows"] = w => w.Device.FillUniformRows(w.X, new RandomStream(1, 2), 0.5f, 3, 7),
        ["GroupRows"] = w => w.Device.GroupRows(w.Bags, w.Groups),
        ["PoolTableRows"] = w => w.Device.PoolTableRows(w.Table, w.Groups, PoolingType.Mean, w.Pooled),
        ["PoolUniqueRows"] = w => w.Device.PoolUniqueRows(w.Table, w.Groups, PoolingType.Sum, w.Pooled),
        ["UniqueRowGradients"] = w => w.Device.UniqueRowGradients(w.Groups, PoolingType.Mean, w.Pooled, w.Table),
        ["AddToRows"] = w => w.Device.AddToRows(w.Groups, w.RowValues, -0.5f, w.Table),
    };

    [Theory]
    [MemberData(nameof(Operators))]
    public void Operator_OneTwoOrThreeThreads_GivesTheSameBits(string name)
    {
        using Workbench one = new(1);
        Cases[name](one);
        foreach (int threads in (int[])[2, 3])
        {
            using Workbench many = new(threads);
            Cases[name](many);
            Assert.True(one.Snapshot().AsSpan().SequenceEqual(many.Snapshot()), $"{name}: {threads} threads give other bits than one.");
        }
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Operator_Warm_AllocatesNothing(string name)
    {
        foreach (int threads in (int[])[1, 2])
        {
            using Workbench bench = new(threads);
            Action<Workbench> operation = Cases[name];
            operation(bench);
            operation(bench);
            Assert.Equal(0, Allocations.Least(() => operation(bench)));
        }
    }

    private sealed class Workbench : IDisposable
    {
        private readonly List<DeviceBuffer<float>> _buffers = [];

        internal Workbench(int threads)
        {
            Device = new CpuDevice(threads);
            (X, X2, W, Y) = (Make(Batch, 300), Make(Batch, 300), Make(200, 300), Make(Batch, 200));
            (Bias, Bias2) = (Make(1, 300).Buffer, Make(1, 300).Buffer);
            (Logits, LogitGradient) = (Make(4 * Batch, 1), Make(4 * Batch, 1));
            Labels = Make(1, 4 * Batch).Buffer;
            Classes = Device.Allocate<int>(Batch);
            Classes.CopyFrom([.. Enumerable.Range(0, Batch).Select(b => b * 7 % 300)]);
            (Features, FeaturesGradient, Pairs) = (Make(Batch, Count * Dim), Make(Batch, Count * Dim), Make(Batch, Dim + (Count * (Count - 1) / 2)));
            Patches = Make(Images * Image.Pixels, 9 * Image.Channels);
            (Table, RowValues, Pooled) = (Make(10_000, Dim), Make(10_000, Dim), Make(5 * Batch, Dim));
            Random random = new(4);
            long[] indices = [.. Enumerable.Range(0, 15 * Batch).Select(_ => (long)(10_000 * Math.Pow(random.NextDouble(), 3)))];
            Bags = JaggedIndices.From(indices, [.. Enumerable.Range(0, (5 * Batch) + 1).Select(b => 3 * b)], Numbers.Random(indices.Length, 6));
            Groups = new RowGroups(Device);
            Device.GroupRows(Bags, Groups);
        }

        internal CpuDevice Device { get; }

        internal Matrix X { get; }

        internal Matrix X2 { get; }

        internal Matrix W { get; }

        internal Matrix Y { get; }

        internal DeviceBuffer<float> Bias { get; }

        internal DeviceBuffer<float> Bias2 { get; }

        internal Matrix Logits { get; }

        internal Matrix LogitGradient { get; }

        internal DeviceBuffer<float> Labels { get; }

        internal DeviceBuffer<int> Classes { get; }

        internal Matrix Features { get; }

        internal Matrix FeaturesGradient { get; }

        internal Matrix Pairs { get; }

        internal Matrix Patches { get; }

        internal Matrix Table { get; }

        internal Matrix RowValues { get; }

        internal Matrix Pooled { get; }

        internal JaggedIndices Bags { get; }

        internal RowGroups Groups { get; }

        internal double Sum { get; set; }

        public void Dispose()
        {
            Groups.Dispose();
            Classes.Dispose();
            _buffers.ForEach(buffer => buffer.Dispose());
            Device.Dispose();
        }

        /// <summary>Everything that an operator can write, as bits.</summary>
        internal byte[] Snapshot()
        {
            using MemoryStream bytes = new();
            bytes.Write(BitConverter.GetBytes(Sum));
            _buffers.ForEach(buffer => bytes.Write(MemoryMarshal.AsBytes<float>(buffer.ToArray())));
            bytes.Write(MemoryMarshal.AsBytes<int>(Groups.Order.ToArray()));
            bytes.Write(MemoryMarshal.AsBytes<long>(Groups.UniqueRows.ToArray()));
            return bytes.ToArray();
        }

        private Matrix Make(int rows, int columns)
        {
            DeviceBuffer<float> buffer = Device.Allocate<float>((long)rows * columns);
            Device.FillUniform(buffer, new RandomStream(7, (ulong)_buffers.Count), 1);
            _buffers.Add(buffer);
            return new Matrix(buffer, rows, columns);
        }
    }
}
