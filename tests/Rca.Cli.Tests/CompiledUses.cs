using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Rca.Cli.Tests;

// A type of a compiled assembly, its nested types counted with it, and a type that it uses.
internal readonly record struct Use(string User, string Used);

// Which types use which, read from a compiled assembly: base types, interfaces, attributes, signatures, constraints and method
// bodies. What the compiler leaves no trace of (constants, nameof) it does not see.
internal sealed class CompiledUses : ISignatureTypeProvider<EntityHandle, object?>
{
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields().Where(field => field.FieldType == typeof(OpCode))
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value & 0xFFFF);

    private readonly MetadataReader _metadata;
    private readonly PEReader _file;
    private readonly HashSet<Use> _uses = [];
    private string _user = "";

    private CompiledUses(PEReader file) => (_file, _metadata) = (file, file.GetMetadataReader());

    public static IReadOnlySet<Use> Of(string assembly)
    {
        using PEReader file = new(File.OpenRead(assembly));
        CompiledUses uses = new(file);
        uses.Read();
        return uses._uses;
    }

    private void Read()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            TypeDefinition type = _metadata.GetTypeDefinition(handle);
            _user = Name(handle);
            See(type.BaseType);
            See(type.GetCustomAttributes());
            See(type.GetGenericParameters());
            foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations()) See(_metadata.GetInterfaceImplementation(each).Interface);
            foreach (FieldDefinitionHandle each in type.GetFields())
            {
                FieldDefinition field = _metadata.GetFieldDefinition(each);
                field.DecodeSignature(this, null);
                See(field.GetCustomAttributes());
            }
            foreach (PropertyDefinitionHandle each in type.GetProperties()) See(_metadata.GetPropertyDefinition(each).GetCustomAttributes());
            foreach (EventDefinitionHandle each in type.GetEvents()) See(_metadata.GetEventDefinition(each).GetCustomAttributes());
            foreach (MethodDefinitionHandle each in type.GetMethods()) See(_metadata.GetMethodDefinition(each));
        }
    }

    private void See(MethodDefinition method)
    {
        method.DecodeSignature(this, null);
        See(method.GetCustomAttributes());
        See(method.GetGenericParameters());
        foreach (ParameterHandle each in method.GetParameters()) See(_metadata.GetParameter(each).GetCustomAttributes());
        if (method.RelativeVirtualAddress == 0) return;
        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil) _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null);
        foreach (ExceptionRegion region in body.ExceptionRegions) See(region.CatchType);
        BlobReader reader = body.GetILReader();
        while (reader.RemainingBytes > 0)
        {
            int value = reader.ReadByte();
            OpCode code = Codes[value == 0xFE ? value << 8 | reader.ReadByte() : value];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    See(MetadataTokens.EntityHandle(reader.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = reader.ReadInt32();
                    reader.Offset += 4 * targets;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    reader.Offset += 8;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    reader.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    reader.Offset += 2;
                    break;
                default:
                    reader.Offset += 4;
                    break;
            }
        }
    }

    private void See(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle each in attributes) See(_metadata.GetCustomAttribute(each).Constructor);
    }

    private void See(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
            foreach (GenericParameterConstraintHandle each in _metadata.GetGenericParameter(parameter).GetConstraints())
                See(_metadata.GetGenericParameterConstraint(each).Type);
    }

    private EntityHandle See(EntityHandle handle)
    {
        if (handle.IsNil) return handle;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition: _uses.Add(new(_user, Name((TypeDefinitionHandle)handle))); break;
            case HandleKind.TypeReference: _uses.Add(new(_user, Name((TypeReferenceHandle)handle))); break;
            case HandleKind.TypeSpecification: _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null); break;
            case HandleKind.FieldDefinition: See(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.MethodDefinition: See(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.MemberReference: See(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent); break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                See(method.Method);
                method.DecodeSignature(this, null);
                break;
        }
        return handle;
    }

    private string Name(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (type.IsNested) type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return Name(type.Namespace, type.Name);
    }

    private string Name(TypeReferenceHandle handle)
    {
        TypeReference type = _metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = _metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        return Name(type.Namespace, type.Name);
    }

    private string Name(StringHandle space, StringHandle name) => $"{_metadata.GetString(space)}.{_metadata.GetString(name)}";

    EntityHandle ISimpleTypeProvider<EntityHandle>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte kind) => See(handle);
    EntityHandle ISimpleTypeProvider<EntityHandle>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte kind) => See(handle);
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetTypeFromSpecification(
        MetadataReader reader, object? context, TypeSpecificationHandle handle, byte kind) => See(handle);
    EntityHandle ISimpleTypeProvider<EntityHandle>.GetPrimitiveType(PrimitiveTypeCode code) => default;
    EntityHandle ISZArrayTypeProvider<EntityHandle>.GetSZArrayType(EntityHandle element) => element;
    EntityHandle IConstructedTypeProvider<EntityHandle>.GetArrayType(EntityHandle element, ArrayShape shape) => element;
    EntityHandle IConstructedTypeProvider<EntityHandle>.GetByReferenceType(EntityHandle element) => element;
    EntityHandle IConstructedTypeProvider<EntityHandle>.GetPointerType(EntityHandle element) => element;
    EntityHandle IConstructedTypeProvider<EntityHandle>.GetGenericInstantiation(EntityHandle type, ImmutableArray<EntityHandle> arguments) => type;
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetFunctionPointerType(MethodSignature<EntityHandle> signature) => default;
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetGenericMethodParameter(object? context, int index) => default;
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetGenericTypeParameter(object? context, int index) => default;
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetModifiedType(EntityHandle modifier, EntityHandle type, bool required) => type;
    EntityHandle ISignatureTypeProvider<EntityHandle, object?>.GetPinnedType(EntityHandle element) => element;
}
