using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Dlrm.CommandLine.Bench;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Numerics;

/// <summary>The products of one layer of the towers at batch 2048, forward and both backward; the baseline is one vectorised dot product an element.</summary>
public class GemmBenchmarks
{
    private const int Batch = 2048;

    private CpuDevice _device = null!;
    private DeviceBuffer<float>[] _buffers = null!;
    private float[] _x = null!;
    private float[] _w = null!;
    private float[] _y = null!;

    /// <summary>Gets or sets the layer's inputs and outputs.</summary>
    [Params("367-512", "512-256", "64-16")]
    public string Layer { get; set; } = "512-256";

    /// <summary>Gets or sets the device's threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    private int Inputs => int.Parse(Layer.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);

    private int Outputs => int.Parse(Layer.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);

    private Matrix X => new(_buffers[0], Batch, Inputs);

    private Matrix W => new(_buffers[1], Outputs, Inputs);

    private Matrix Y => new(_buffers[2], Batch, Outputs);

    /// <summary>Makes the matrices.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _device = new CpuDevice(Threads);
        _x = BenchIds.Pattern((long)Batch * Inputs);
        _w = BenchIds.Pattern((long)Inputs * Outputs);
        _y = BenchIds.Pattern((long)Batch * Outputs);
        _buffers = [.. ((float[][])[_x, _w, _y, _x, _w]).Select(Filled)];
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
        {
            buffer.Dispose();
        }

        _device.Dispose();
    }

    /// <summary>Y = X·Wᵀ by dot products, on one thread.</summary>
    [Benchmark(Baseline = true)]
    public void DotProducts()
    {
        for (int b = 0; b < Batch; b++)
        {
            for (int j = 0; j < Outputs; j++)
            {
                _y[(b * Outputs) + j] = TensorPrimitives.Dot(_x.AsSpan(b * Inputs, Inputs), _w.AsSpan(j * Inputs, Inputs));
            }
        }
    }

    /// <summary>Y = X·Wᵀ.</summary>
    [Benchmark]
    public void Forward() => _device.Gemm(X, false, W, true, Y);

    /// <summary>∂X = ∂Y·W.</summary>
    [Benchmark]
    public void InputGradient() => _device.Gemm(Y, false, W, false, new Matrix(_buffers[3], Batch, Inputs));

    /// <summary>∂W = ∂Yᵀ·X.</summary>
    [Benchmark]
    public void WeightGradient() => _device.Gemm(Y, true, X, false, new Matrix(_buffers[4], Outputs, Inputs));

    private DeviceBuffer<float> Filled(float[] values)
    {
        DeviceBuffer<float> buffer = _device.Allocate<float>(values.Length);
        buffer.CopyFrom(values);
        return buffer;
    }
}
