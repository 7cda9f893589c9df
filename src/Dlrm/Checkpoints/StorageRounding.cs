using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Checkpoints;

/// <summary>Gives a model the numbers that it has once it was stored and loaded, so that it is measured as it is stored.</summary>
public static class StorageRounding
{
    /// <summary>Rounds the values of every parameter to its storage type; posterior, λ and optimiser state stay.</summary>
    /// <param name="model">The model.</param>
    public static void Round(DlrmModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (Parameter parameter in model.Parameters)
        {
            Round(model.Device, parameter, model.Options.Model.Storage.Of(parameter));
        }
    }

    /// <summary>Computes what a storage type loses.</summary>
    /// <param name="type">The type of its kind of parameter.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="values">Its numbers.</param>
    /// <returns>Σ (x − x̂)².</returns>
    internal static double SquaredError(StorageType type, ReadOnlySpan<long> shape, float[] values)
    {
        float[] rounded = Rounded(type, shape, values);
        double distance = System.Numerics.Tensors.TensorPrimitives.Distance(values.AsSpan(), rounded);
        return distance * distance;
    }

    /// <summary>Codes a tensor and decodes it again.</summary>
    /// <param name="type">The type of its kind of parameter.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="values">Its numbers.</param>
    /// <returns>Numbers of their own.</returns>
    internal static float[] Rounded(StorageType type, ReadOnlySpan<long> shape, float[] values)
    {
        float[] rounded = Coded(TensorCode.TypeOf(type, shape.Length), new TensorGroups(shape), values);
        return rounded == values ? [.. values] : rounded;
    }

    /// <summary>Codes numbers and decodes them again.</summary>
    private static float[] Coded(StorageType type, TensorGroups groups, float[] numbers)
    {
        if (type == StorageType.Float32)
        {
            return numbers;
        }

        if (type == StorageType.Float16)
        {
            return Array.ConvertAll(numbers, static number => (float)(Half)number);
        }

        sbyte[] codes = new sbyte[numbers.Length];
        ushort[] scales = new ushort[groups.Count];
        float[] decoded = new float[numbers.Length];
        TensorCode.Encode(numbers, groups, type == StorageType.Int8 ? TensorCode.LargestInt8 : TensorCode.LargestInt4, codes, scales);
        TensorCode.Decode(codes, groups, scales, decoded);
        return decoded;
    }

    /// <summary>Rounds the values of one parameter.</summary>
    /// <param name="device">Its device.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="type">Its storage type.</param>
    internal static void Round(IDevice device, Parameter parameter, StorageType type)
    {
        if (type == StorageType.Float32)
        {
            return;
        }

        using MemoryState state = new(device);
        parameter.Save(new RoundingWriter(state, device, type), StateParts.Values);
        using MemoryState rest = new(device);
        parameter.Save(rest, StateParts.All);
        parameter.Load(new JoinedReader(state, rest), StateParts.All);
    }

    /// <summary>Codes each tensor and decodes it again.</summary>
    private sealed class RoundingWriter(MemoryState inner, IDevice device, StorageType type) : IStateWriter
    {
        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
        {
            TensorGroups groups = new(shape);
            float[] numbers = new float[checked((int)groups.Elements)];
            values.CopyTo(numbers);
            numbers = Coded(TensorCode.TypeOf(type, shape.Length), groups, numbers);
            using DeviceBuffer<float> buffer = device.Allocate<float>(numbers.Length);
            buffer.CopyFrom(numbers);
            inner.Write(name, shape, buffer);
        }

        public void Write(string name, ReadOnlySpan<double> values) => inner.Write(name, values);

        public void Write(string name, ReadOnlySpan<long> values) => inner.Write(name, values);
    }
}
