using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Gives SQL our stable hash: <c>dlrm_hash(seed UBIGINT, row UBIGINT) → UBIGINT</c> is XXH64 of the row number's 8 bytes. DuckDB's own changes with versions.</summary>
internal static unsafe class RowHashFunction
{
    /// <summary>The name in SQL.</summary>
    internal const string Name = "dlrm_hash";

    /// <summary>Registers the function.</summary>
    /// <param name="connection">The connection.</param>
    /// <exception cref="DuckDbException">DuckDB refused it.</exception>
    internal static void Register(ConnectionHandle connection)
    {
        nint type = NativeMethods.CreateLogicalType(ColumnType.UBigInt);
        nint function = NativeMethods.CreateScalarFunction();
        NativeMethods.SetFunctionName(function, Name);
        NativeMethods.AddFunctionParameter(function, type);
        NativeMethods.AddFunctionParameter(function, type);
        NativeMethods.SetFunctionReturnType(function, type);
        NativeMethods.SetFunctionBody(function, &Invoke);
        int state = NativeMethods.RegisterScalarFunction(connection, function);
        NativeMethods.DestroyScalarFunction(ref function);
        NativeMethods.DestroyLogicalType(ref type);
        if (state != NativeMethods.Success)
        {
            throw new DuckDbException($"DuckDB refused the function {Name}.");
        }
    }

    // DuckDB calls this on its own threads with flat vectors; nothing in it can throw.
    [UnmanagedCallersOnly]
    private static void Invoke(nint info, nint input, nint output)
    {
        int rows = (int)NativeMethods.ChunkSize(input);
        ulong* seeds = (ulong*)NativeMethods.VectorData(NativeMethods.ChunkVector(input, 0));
        ulong* numbers = (ulong*)NativeMethods.VectorData(NativeMethods.ChunkVector(input, 1));
        ulong* hashes = (ulong*)NativeMethods.VectorData(output);
        for (int r = 0; r < rows; r++)
        {
            hashes[r] = XxHash64.Hash((long)numbers[r], seeds[r]);
        }
    }
}
