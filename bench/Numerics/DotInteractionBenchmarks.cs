using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Dlrm.CommandLine.Bench;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Numerics;

/// <summary>The dot interaction of 27 vectors at batch 2048, and its gradient; the baseline is one vectorised dot product a pair.</summary>
public class DotInteractionBenchmarks
{
    private const int Batch = 2048;
    private const int Count = 27;

    private CpuDevice _device = null!;
    private DeviceBuffer<float> _features = null!;
    private DeviceBuffer<float> _gradient = null!;
    private DeviceBuffer<float> _output = null!;
    private float[] _values = null!;
    private float[] _products = null!;

    /// <summary>Gets or sets the embedding dimension.</summary>
    [Params(16, 64)]
    public int EmbeddingDim { get; set; }

    /// <summary>Gets or sets the device's threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    private int Width => EmbeddingDim + (Count * (Count - 1) / 2);

    /// <summary>Makes the features.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _device = new CpuDevice(Threads);
        _values = BenchIds.Pattern((long)Batch * Count * EmbeddingDim);
        _products = new float[Batch * Width];
        _features = _device.Allocate<float>(_values.Length);
        _gradient = _device.Allocate<float>(_values.Length);
        _output = _device.Allocate<float>(_products.Length);
        _features.CopyFrom(_values);
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _features.Dispose();
        _gradient.Dispose();
        _output.Dispose();
        _device.Dispose();
    }

    /// <summary>The definition, on one thread.</summary>
    [Benchmark(Baseline = true)]
    public void DotProducts()
    {
        for (int b = 0; b < Batch; b++)
        {
            ReadOnlySpan<float> sample = _values.AsSpan(b * Count * EmbeddingDim, Count * EmbeddingDim);
            Span<float> products = _products.AsSpan(b * Width, Width);
            sample[..EmbeddingDim].CopyTo(products);
            int p = EmbeddingDim;
            for (int i = 1; i < Count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    products[p++] = TensorPrimitives.Dot(sample.Slice(i * EmbeddingDim, EmbeddingDim), sample.Slice(j * EmbeddingDim, EmbeddingDim));
                }
            }
        }
    }

    /// <summary>The operator.</summary>
    [Benchmark]
    public void Forward() => _device.DotInteraction(new Matrix(_features, Batch, Count * EmbeddingDim), Count, EmbeddingDim, new Matrix(_output, Batch, Width));

    /// <summary>Its gradient.</summary>
    [Benchmark]
    public void Backward() => _device.DotInteractionGradient(
        new Matrix(_features, Batch, Count * EmbeddingDim), Count, EmbeddingDim, new Matrix(_output, Batch, Width), new Matrix(_gradient, Batch, Count * EmbeddingDim));
}
