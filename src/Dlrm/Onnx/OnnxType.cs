namespace Dlrm.Onnx;

/// <summary>Element types, by their numbers in TensorProto.DataType.</summary>
internal enum OnnxType
{
    /// <summary>float32.</summary>
    Float = 1,

    /// <summary>int8.</summary>
    Int8 = 3,

    /// <summary>int64.</summary>
    Int64 = 7,

    /// <summary>float16.</summary>
    Float16 = 10,
}
