namespace Dlrm.Distributed.Interop;

/// <summary>The constants of one family of MPI libraries: the standard fixes functions, not the values of handles.</summary>
/// <remarks>
/// <para>Handles are passed in registers of the size of a pointer: a family whose handles are 32-bit integers reads the lower half.</para>
/// <para>Sources: mpi.h of MPICH 4.0 (the ABI that MPICH, Intel MPI, MVAPICH and Cray share); mpi.h of Open MPI 4.1, whose handles are addresses of
/// exported objects; MPI 5.0, chapter "Application Binary Interface", for which no library was at hand to test with.</para>
/// </remarks>
/// <param name="Family">Its name.</param>
/// <param name="World">MPI_COMM_WORLD.</param>
/// <param name="Byte">MPI_BYTE.</param>
/// <param name="Float">MPI_FLOAT.</param>
/// <param name="Double">MPI_DOUBLE.</param>
/// <param name="Sum">MPI_SUM.</param>
/// <param name="InPlace">MPI_IN_PLACE.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN.</param>
/// <param name="ThreadSerialized">MPI_THREAD_SERIALIZED: any thread may call, one at a time.</param>
internal sealed record MpiAbi(string Family, nint World, nint Byte, nint Float, nint Double, nint Sum, nint InPlace, nint ErrorsReturn, int ThreadSerialized)
{
    /// <summary>Gets MPI_INT32_T.</summary>
    internal required nint Int32 { get; init; }

    /// <summary>Gets MPI_INT64_T.</summary>
    internal required nint Int64 { get; init; }

    /// <summary>Finds the family of a library by what it exports.</summary>
    /// <param name="find">Gives the address of an exported symbol, or 0.</param>
    /// <returns>Its constants.</returns>
    internal static MpiAbi Of(Func<string, nint> find)
    {
        if (find("ompi_mpi_comm_world") is nint world and not 0)
        {
            return new MpiAbi(
                "Open MPI", world, find("ompi_mpi_byte"), find("ompi_mpi_float"), find("ompi_mpi_double"), find("ompi_mpi_op_sum"), 1, find("ompi_mpi_errors_return"), 2)
            {
                Int32 = find("ompi_mpi_int32_t"),
                Int64 = find("ompi_mpi_int64_t"),
            };
        }

        return find("MPI_Abi_get_version") != 0
            ? new MpiAbi("MPI standard ABI", 0x101, 0x247, 0x210, 0x214, 0x21, 1, 0x143, 2048) { Int32 = 0x250, Int64 = 0x258 }
            : new MpiAbi("MPICH", 0x44000000, 0x4c00010d, 0x4c00040a, 0x4c00080b, 0x58000003, -1, 0x54000001, 2) { Int32 = 0x4c000439, Int64 = 0x4c00083a };
    }
}
