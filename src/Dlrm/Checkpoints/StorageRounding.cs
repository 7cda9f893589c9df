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
            StorageType type = model.Options.Model.Storage.Of(parameter);
            if (type != StorageType.Float32)
            {
                Round(model.Device, parameter, type);
            }
        }
    }

    private static void Round(IDevice device, Parameter parameter, StorageType type)
    {
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
            if (TensorCode.TypeOf(type, shape.Length) == StorageType.Float16)
            {
                numbers = Array.ConvertAll(numbers, static number => (float)(Half)number);
            }
            else
            {
                sbyte[] codes = new sbyte[numbers.Length];
                ushort[] scales = new ushort[groups.Count];
                TensorCode.Encode(numbers, groups, type == StorageType.Int8 ? TensorCode.LargestInt8 : TensorCode.LargestInt4, codes, scales);
                TensorCode.Decode(codes, groups, scales, numbers);
            }

            using DeviceBuffer<float> buffer = device.Allocate<float>(numbers.Length);
            buffer.CopyFrom(numbers);
            inner.Write(name, shape, buffer);
        }

        public void Write(string name, ReadOnlySpan<double> values) => inner.Write(name, values);

        public void Write(string name, ReadOnlySpan<long> values) => inner.Write(name, values);
    }
}
