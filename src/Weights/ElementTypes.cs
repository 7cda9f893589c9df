namespace Dlrm.Weights;

/// <summary>The names that file formats give to element types, and their sizes.</summary>
internal static class ElementTypes
{
    /// <summary>Gets the size of an element.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Bytes.</returns>
    internal static int BytesOf(ElementType type) => type switch
    {
        ElementType.Complex128 => 16,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 or ElementType.Complex64 => 8,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        _ => 1,
    };

    /// <summary>Gets the size of what a machine of another byte order turns around.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Bytes: half an element for complex numbers.</returns>
    internal static int SwappedBytesOf(ElementType type) => type is ElementType.Complex64 or ElementType.Complex128 ? BytesOf(type) / 2 : BytesOf(type);

    /// <summary>Reads safetensors' name of a type.</summary>
    /// <param name="name">"F32".</param>
    /// <returns>The type, or null.</returns>
    internal static ElementType? OfSafetensors(string name) => name switch
    {
        "F64" => ElementType.Float64,
        "F32" => ElementType.Float32,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "I64" => ElementType.Int64,
        "I32" => ElementType.Int32,
        "I16" => ElementType.Int16,
        "I8" => ElementType.Int8,
        "U64" => ElementType.UInt64,
        "U32" => ElementType.UInt32,
        "U16" => ElementType.UInt16,
        "U8" => ElementType.UInt8,
        "BOOL" => ElementType.Boolean,
        "C64" => ElementType.Complex64,
        _ => null,
    };

    /// <summary>Reads PyTorch's name of a typed storage.</summary>
    /// <param name="name">"FloatStorage".</param>
    /// <returns>The type, or null.</returns>
    internal static ElementType? OfTorchStorage(string name) => name switch
    {
        "DoubleStorage" => ElementType.Float64,
        "FloatStorage" => ElementType.Float32,
        "HalfStorage" => ElementType.Float16,
        "BFloat16Storage" => ElementType.BFloat16,
        "LongStorage" => ElementType.Int64,
        "IntStorage" => ElementType.Int32,
        "ShortStorage" => ElementType.Int16,
        "CharStorage" => ElementType.Int8,
        "ByteStorage" => ElementType.UInt8,
        "BoolStorage" => ElementType.Boolean,
        "ComplexFloatStorage" => ElementType.Complex64,
        "ComplexDoubleStorage" => ElementType.Complex128,
        _ => null,
    };

    /// <summary>Reads PyTorch's name of a dtype.</summary>
    /// <param name="name">"float32".</param>
    /// <returns>The type, or null.</returns>
    internal static ElementType? OfTorchDtype(string name) => name switch
    {
        "float64" or "double" => ElementType.Float64,
        "float32" or "float" => ElementType.Float32,
        "float16" or "half" => ElementType.Float16,
        "bfloat16" => ElementType.BFloat16,
        "int64" or "long" => ElementType.Int64,
        "int32" or "int" => ElementType.Int32,
        "int16" or "short" => ElementType.Int16,
        "int8" => ElementType.Int8,
        "uint64" => ElementType.UInt64,
        "uint32" => ElementType.UInt32,
        "uint16" => ElementType.UInt16,
        "uint8" => ElementType.UInt8,
        "bool" => ElementType.Boolean,
        "complex64" or "cfloat" => ElementType.Complex64,
        "complex128" or "cdouble" => ElementType.Complex128,
        _ => null,
    };

    /// <summary>Reads NumPy's kind and size of a type.</summary>
    /// <param name="name">"f4", without the mark of the byte order.</param>
    /// <returns>The type, or null.</returns>
    internal static ElementType? OfNumpy(string name) => name switch
    {
        "f8" => ElementType.Float64,
        "f4" => ElementType.Float32,
        "f2" => ElementType.Float16,
        "i8" => ElementType.Int64,
        "i4" => ElementType.Int32,
        "i2" => ElementType.Int16,
        "i1" => ElementType.Int8,
        "u8" => ElementType.UInt64,
        "u4" => ElementType.UInt32,
        "u2" => ElementType.UInt16,
        "u1" => ElementType.UInt8,
        "b1" => ElementType.Boolean,
        "c8" => ElementType.Complex64,
        "c16" => ElementType.Complex128,
        _ => null,
    };
}
